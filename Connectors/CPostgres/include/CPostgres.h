#ifndef MILLRACE_CPOSTGRES_H
#define MILLRACE_CPOSTGRES_H
#include <postgresql/libpq-fe.h>
#endif
