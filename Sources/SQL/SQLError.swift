// The errors of SQL.
