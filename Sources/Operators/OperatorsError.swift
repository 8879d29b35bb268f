// The errors of Operators.
