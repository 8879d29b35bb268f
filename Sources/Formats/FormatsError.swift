// The errors of Formats.
