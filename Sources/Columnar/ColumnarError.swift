// The errors of Columnar.
