// Makes every call of the official Node client against a running system, and prints what came of each as JSON:
// {"method": {"status": 201, "data": …}}. Started by test_node_client.py, in a folder where the client is installed.
const { createRequire } = require("node:module");
const { NotifyClient } = createRequire(process.cwd() + "/")("notifications-node-client");

const { url, key, smsTemplate, emailTemplate, letterKey, letterTemplate, pdf, reference } = JSON.parse(process.env.NOTIFY_NODE_TEST);
const client = new NotifyClient(url, key);
const letters = new NotifyClient(url, letterKey);
const values = { personalisation: { name: "Ada" }, reference };
const results = {};

const call = (name, ...given) => callWith(client, name, ...given);

async function callWith(chosen, name, ...given) {
  try {
    const answer = await chosen[name.split(" ")[0]](...given);
    results[name] = { status: answer.status, data: answer.data };
    return answer.data;
  } catch (error) {
    if (!error.response) throw error;
    results[name] = { status: error.response.status, data: error.response.data };
    return error.response.data;
  }
}

async function main() {
  const text = await call("sendSms", smsTemplate, "07700 900123", values);
  await call("sendEmail", emailTemplate, "ada@example.gov.uk", {
    ...values,
    oneClickUnsubscribeURL: "https://example.gov.uk/unsubscribe",
    sanitiseContentFor: ["name"],
  });
  await call("getNotificationById", text.id);
  const page = await call("getNotifications", undefined, undefined, reference);
  await call("getNotifications older", "sms", undefined, reference, page.notifications[0].id);
  await call("getTemplateById", smsTemplate);
  await call("getTemplateByIdAndVersion", smsTemplate, 1);
  await call("getAllTemplates");
  await call("getAllTemplates sms", "sms");
  await call("previewTemplateById", emailTemplate, { name: "Ada" });
  await call("getReceivedTexts");
  await call("getReceivedTexts older", text.id);

  await call("sendSms refused", smsTemplate, "07700 900123");
  await call("sendSms malformed", smsTemplate, "x", values);
  await call("getNotificationById unknown", "8b9c6c2b-4ed5-4b1e-9d0a-0d8c8b3b7a11");

  const address = { address_line_1: "Ada Lovelace", address_line_2: "1 Test Street", address_line_3: "SW1A 1AA" };
  await callWith(letters, "sendLetter", letterTemplate, { personalisation: address, reference });
  await callWith(letters, "sendLetter without address", letterTemplate, { personalisation: {}, reference });
  await callWith(letters, "sendPrecompiledLetter", reference, Buffer.from(pdf, "base64"), "second");
  await call("getPdfForLetterNotification", text.id);
  const upload = client.prepareUpload(Buffer.from("a,b"), { filename: "a.csv", retentionPeriod: "4 weeks" });
  results.prepareUpload = { status: null, data: upload };
  await call("sendEmail with a file", emailTemplate, "ada@example.gov.uk", { personalisation: { name: upload } });

  client.setProxy(false);
  await call("getAllTemplates without a proxy");
  let used = 0;
  client.setClient(async (options) => {
    used++;
    const answer = await fetch(options.url, { method: options.method, headers: options.headers });
    return { status: answer.status, data: await answer.json() };
  });
  await call("getTemplateById by another HTTP client", smsTemplate);
  results.setProxy = { status: null, data: null };
  results.setClient = { status: null, data: used };
  process.stdout.write(JSON.stringify({ results, surface: Object.keys(NotifyClient.prototype) }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
