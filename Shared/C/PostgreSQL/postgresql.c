#include "CPostgreSQL.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *name;
    size_t offset;
    int is_optional;
} function_place;

#define REQUIRED(name) {"PQ" #name, offsetof(cpostgresql_functions, name), 0}
#define OPTIONAL(name) {"PQ" #name, offsetof(cpostgresql_functions, name), 1}

static const function_place places[] = {
    REQUIRED(libVersion), REQUIRED(isthreadsafe), REQUIRED(conndefaults), REQUIRED(conninfoFree),
    REQUIRED(connectStartParams), REQUIRED(connectPoll), REQUIRED(finish), REQUIRED(status), REQUIRED(socket),
    REQUIRED(errorMessage), REQUIRED(connectionNeedsPassword), REQUIRED(parameterStatus), REQUIRED(serverVersion),
    REQUIRED(transactionStatus), REQUIRED(setErrorVerbosity), REQUIRED(setnonblocking), REQUIRED(flush),
    REQUIRED(consumeInput), REQUIRED(isBusy), REQUIRED(getResult), REQUIRED(sendQueryParams), REQUIRED(sendPrepare),
    REQUIRED(sendQueryPrepared), REQUIRED(resultStatus), REQUIRED(resultErrorField), REQUIRED(resultErrorMessage),
    REQUIRED(ntuples), REQUIRED(nfields), REQUIRED(ftype), REQUIRED(getisnull), REQUIRED(getvalue),
    REQUIRED(getlength), REQUIRED(cmdStatus), REQUIRED(cmdTuples), REQUIRED(clear), OPTIONAL(enterPipelineMode),
    OPTIONAL(exitPipelineMode), OPTIONAL(pipelineSync), REQUIRED(setNoticeProcessor),
};

static void append(char *words, size_t capacity, const char *name) {
    size_t used = strlen(words);
    snprintf(words + used, capacity - used, "%s%s", used == 0 ? "" : ", ", name);
}

const cpostgresql_functions *cpostgresql_load(const char *name, int *failure, char *words, size_t capacity) {
    words[0] = 0;
    cpostgresql_functions *functions = calloc(1, sizeof *functions);
    if (functions == NULL) {
        *failure = CPOSTGRESQL_NO_MEMORY;
        return NULL;
    }
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        *failure = CPOSTGRESQL_NOT_OPENED;
        const char *reason = dlerror();
        append(words, capacity, reason == NULL ? "no reason given" : reason);
        free(functions);
        return NULL;
    }
    int is_missing = 0;
    for (size_t index = 0; index < sizeof places / sizeof *places; index++) {
        void *address = dlsym(library, places[index].name);
        memcpy((char *)functions + places[index].offset, &address, sizeof address);
        if (address != NULL || places[index].is_optional) continue;
        is_missing = 1;
        append(words, capacity, places[index].name);
    }
    if (is_missing) {
        *failure = CPOSTGRESQL_LACKS_FUNCTIONS;
        dlclose(library);
        free(functions);
        return NULL;
    }
    if (functions->exitPipelineMode == NULL || functions->pipelineSync == NULL) functions->enterPipelineMode = NULL;
    return functions;
}

void cpostgresql_unload(const cpostgresql_functions *functions) { free((void *)functions); }

static void drop(void *context, const char *message) {
    (void)context;
    (void)message;
}

void cpostgresql_drop_notices(const cpostgresql_functions *functions, cpostgresql_connection *connection) {
    functions->setNoticeProcessor(connection, drop, NULL);
}
