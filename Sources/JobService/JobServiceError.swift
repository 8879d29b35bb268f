// The errors of JobService.
