// The errors of Expressions.
