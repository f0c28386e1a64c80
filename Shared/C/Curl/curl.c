#include "CCurl.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

// curl_easy_setopt takes variable arguments, which Swift cannot call: this is all of libcurl that is used here.

struct ccurl_poster {
    CURL *handle;
    struct curl_slist *headers;
    char error[CURL_ERROR_SIZE];
};

static size_t drop(char *bytes, size_t size, size_t count, void *context) {
    (void)bytes;
    (void)context;
    return size * count;
}

ccurl_poster *ccurl_poster_new(const char *url, const char *content_type, long timeout_ms) {
    ccurl_poster *poster = calloc(1, sizeof *poster);
    if (poster == NULL) return NULL;
    poster->handle = curl_easy_init();
    size_t length = strlen(content_type) + sizeof "Content-Type: ";
    char *header = malloc(length);
    if (poster->handle != NULL && header != NULL) {
        strcpy(header, "Content-Type: ");
        strcat(header, content_type);
        poster->headers = curl_slist_append(NULL, header);
    }
    free(header);
    if (poster->headers == NULL) {
        ccurl_poster_free(poster);
        return NULL;
    }
    CURL *handle = poster->handle;
    curl_easy_setopt(handle, CURLOPT_URL, url);
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, poster->headers);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, poster->error);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, drop);
    // No signals: they are the process's (libcurl would use one for slow name lookups).
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    // Collectors are called where the configuration says, not where the environment's proxy sends.
    curl_easy_setopt(handle, CURLOPT_PROXY, "");
    return poster;
}

void ccurl_poster_free(ccurl_poster *poster) {
    curl_slist_free_all(poster->headers);
    if (poster->handle != NULL) curl_easy_cleanup(poster->handle);
    free(poster);
}

long ccurl_poster_post(ccurl_poster *poster, const void *body, size_t size_bytes, const char **error) {
    poster->error[0] = 0;
    *error = NULL;
    curl_easy_setopt(poster->handle, CURLOPT_POST, 1L);
    curl_easy_setopt(poster->handle, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(poster->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size_bytes);
    CURLcode code = curl_easy_perform(poster->handle);
    if (code != CURLE_OK) {
        *error = poster->error[0] != 0 ? poster->error : curl_easy_strerror(code);
        return 0;
    }
    long status = 0;
    curl_easy_getinfo(poster->handle, CURLINFO_RESPONSE_CODE, &status);
    return status;
}
