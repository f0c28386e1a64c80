#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>

// One libcurl handle that posts to one URL and keeps its connection. Belongs to one thread at a time.
typedef struct ccurl_poster ccurl_poster;

// NULL when memory is short.
ccurl_poster *_Nullable ccurl_poster_new(const char *_Nonnull url, const char *_Nonnull content_type, long timeout_ms);
void ccurl_poster_free(ccurl_poster *_Nonnull poster);

// Posts a body and drops the answer's. Returns the HTTP status, or 0 and libcurl's words in `error`.
long ccurl_poster_post(ccurl_poster *_Nonnull poster, const void *_Nonnull body, size_t size_bytes,
                       const char *_Nullable *_Nonnull error);

#endif
