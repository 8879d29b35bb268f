// The errors of Execution.
