#include "CStatusPage.h"

// #embed (C23, which clang has in every mode): the page stays a file of its own to edit, and is part of the executable.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char html[] = {
#embed "status.html"
};

const unsigned char *cstatuspage_html(size_t *size_bytes) {
    *size_bytes = sizeof html;
    return html;
}
