#ifndef CSTATUSPAGE_H
#define CSTATUSPAGE_H

#include <stddef.h>

// The status page, HTML in UTF-8.
const unsigned char *_Nonnull cstatuspage_html(size_t *_Nonnull size_bytes);

#endif
