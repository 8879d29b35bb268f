// The errors of StateBackends.
