// libpq as it is found at run time: no header of its, and no link to it. What is declared here is what PostgreSQL's
// documentation promises ("libpq - C Library"), which other makers' libraries keep.
#ifndef CPOSTGRESQL_H
#define CPOSTGRESQL_H

#include <stddef.h>
#include <stdint.h>

typedef struct cpostgresql_connection cpostgresql_connection;
typedef struct cpostgresql_result cpostgresql_result;

// PQconninfoOption: an array of them ends with one whose keyword is NULL.
typedef struct cpostgresql_option {
    char *_Nullable keyword;
    char *_Nullable envvar;
    char *_Nullable compiled;
    char *_Nullable val;
    char *_Nullable label;
    char *_Nullable dispchar;
    int dispsize;
} cpostgresql_option;

// PostgresPollingStatusType.
enum {
    CPOSTGRESQL_POLL_FAILED = 0,
    CPOSTGRESQL_POLL_READING = 1,
    CPOSTGRESQL_POLL_WRITING = 2,
    CPOSTGRESQL_POLL_OK = 3
};

// ConnStatusType: all else is a connection that is being made.
enum { CPOSTGRESQL_CONNECTION_OK = 0, CPOSTGRESQL_CONNECTION_BAD = 1 };

// ExecStatusType.
enum {
    CPOSTGRESQL_EMPTY_QUERY = 0,
    CPOSTGRESQL_COMMAND_OK = 1,
    CPOSTGRESQL_TUPLES_OK = 2,
    CPOSTGRESQL_PIPELINE_SYNC = 10,
    CPOSTGRESQL_PIPELINE_ABORTED = 11
};

// PGTransactionStatusType.
enum {
    CPOSTGRESQL_TRANSACTION_IDLE = 0,
    CPOSTGRESQL_TRANSACTION_ACTIVE = 1,
    CPOSTGRESQL_TRANSACTION_OPEN = 2,
    CPOSTGRESQL_TRANSACTION_FAILED = 3
};

// PGVerbosity.
enum { CPOSTGRESQL_ERRORS_DEFAULT = 1, CPOSTGRESQL_ERRORS_VERBOSE = 2 };

// Fields of an error (PG_DIAG_...).
enum {
    CPOSTGRESQL_FIELD_SEVERITY = 'S',
    // Never translated; PostgreSQL 9.6 and later.
    CPOSTGRESQL_FIELD_SEVERITY_NONLOCALIZED = 'V',
    CPOSTGRESQL_FIELD_SQLSTATE = 'C',
    CPOSTGRESQL_FIELD_MESSAGE = 'M',
    CPOSTGRESQL_FIELD_DETAIL = 'D',
    CPOSTGRESQL_FIELD_HINT = 'H'
};

// The functions that are used, each under its own name without the PQ before it.
typedef struct cpostgresql_functions {
    int (*_Nonnull libVersion)(void);
    int (*_Nonnull isthreadsafe)(void);
    cpostgresql_option *_Nullable (*_Nonnull conndefaults)(void);
    void (*_Nonnull conninfoFree)(cpostgresql_option *_Nonnull options);

    cpostgresql_connection *_Nullable (*_Nonnull connectStartParams)(const char *_Nullable const *_Nonnull keywords,
                                                                     const char *_Nullable const *_Nonnull values,
                                                                     int expand_dbname);
    int (*_Nonnull connectPoll)(cpostgresql_connection *_Nonnull connection);
    void (*_Nonnull finish)(cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull status)(const cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull socket)(const cpostgresql_connection *_Nonnull connection);
    char *_Nullable (*_Nonnull errorMessage)(const cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull connectionNeedsPassword)(const cpostgresql_connection *_Nonnull connection);
    const char *_Nullable (*_Nonnull parameterStatus)(const cpostgresql_connection *_Nonnull connection,
                                                      const char *_Nonnull name);
    int (*_Nonnull serverVersion)(const cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull transactionStatus)(const cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull setErrorVerbosity)(cpostgresql_connection *_Nonnull connection, int verbosity);

    int (*_Nonnull setnonblocking)(cpostgresql_connection *_Nonnull connection, int on);
    int (*_Nonnull flush)(cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull consumeInput)(cpostgresql_connection *_Nonnull connection);
    int (*_Nonnull isBusy)(cpostgresql_connection *_Nonnull connection);
    cpostgresql_result *_Nullable (*_Nonnull getResult)(cpostgresql_connection *_Nonnull connection);

    int (*_Nonnull sendQueryParams)(cpostgresql_connection *_Nonnull connection, const char *_Nonnull command,
                                    int count, const uint32_t *_Nullable types, const char *_Nullable const *_Nullable values,
                                    const int *_Nullable lengths, const int *_Nullable formats, int result_format);
    int (*_Nonnull sendPrepare)(cpostgresql_connection *_Nonnull connection, const char *_Nonnull name,
                                const char *_Nonnull command, int count, const uint32_t *_Nullable types);
    int (*_Nonnull sendQueryPrepared)(cpostgresql_connection *_Nonnull connection, const char *_Nonnull name, int count,
                                      const char *_Nullable const *_Nullable values, const int *_Nullable lengths,
                                      const int *_Nullable formats, int result_format);

    int (*_Nonnull resultStatus)(const cpostgresql_result *_Nonnull result);
    char *_Nullable (*_Nonnull resultErrorField)(const cpostgresql_result *_Nonnull result, int field);
    char *_Nullable (*_Nonnull resultErrorMessage)(const cpostgresql_result *_Nonnull result);
    int (*_Nonnull ntuples)(const cpostgresql_result *_Nonnull result);
    int (*_Nonnull nfields)(const cpostgresql_result *_Nonnull result);
    uint32_t (*_Nonnull ftype)(const cpostgresql_result *_Nonnull result, int column);
    int (*_Nonnull getisnull)(const cpostgresql_result *_Nonnull result, int row, int column);
    char *_Nullable (*_Nonnull getvalue)(const cpostgresql_result *_Nonnull result, int row, int column);
    int (*_Nonnull getlength)(const cpostgresql_result *_Nonnull result, int row, int column);
    char *_Nullable (*_Nonnull cmdStatus)(cpostgresql_result *_Nonnull result);
    char *_Nullable (*_Nonnull cmdTuples)(cpostgresql_result *_Nonnull result);
    void (*_Nonnull clear)(cpostgresql_result *_Nonnull result);

    // libpq 14 and later: all three, or none.
    int (*_Nullable enterPipelineMode)(cpostgresql_connection *_Nonnull connection);
    int (*_Nullable exitPipelineMode)(cpostgresql_connection *_Nonnull connection);
    int (*_Nullable pipelineSync)(cpostgresql_connection *_Nonnull connection);

    void *_Nonnull (*_Nonnull setNoticeProcessor)(cpostgresql_connection *_Nonnull connection,
                                                  void (*_Nonnull processor)(void *_Nullable context,
                                                                             const char *_Nullable message),
                                                  void *_Nullable context);
} cpostgresql_functions;

// Why a library cannot be used.
enum { CPOSTGRESQL_NOT_OPENED = 1, CPOSTGRESQL_LACKS_FUNCTIONS = 2, CPOSTGRESQL_NO_MEMORY = 3 };

// Opens the library and looks its functions up. The library stays for as long as the process: what libssl left with it
// is called at the end. NULL on failure, with why in `failure`, and in `words` what the system says or the names of the
// functions that are missing.
const cpostgresql_functions *_Nullable cpostgresql_load(const char *_Nonnull name, int *_Nonnull failure,
                                                        char *_Nonnull words, size_t capacity_bytes);
void cpostgresql_unload(const cpostgresql_functions *_Nonnull functions);

// Has what the server tells beside its answers dropped: libpq would print it to standard error.
void cpostgresql_drop_notices(const cpostgresql_functions *_Nonnull functions,
                              cpostgresql_connection *_Nonnull connection);

#endif
