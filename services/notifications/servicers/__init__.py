"""The gRPC servicers: a method is protobuf → values, one call, values → protobuf. No SQL, no policy."""
