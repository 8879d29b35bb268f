// The errors of CheckpointStorage.
