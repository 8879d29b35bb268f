// The errors of Dataflow.
