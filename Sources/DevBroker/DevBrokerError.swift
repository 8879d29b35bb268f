// The errors of DevBroker.
