#include "CDivisions.h"

// A literal of 130 KB takes the Swift compiler half a minute, and a resource bundle is lost when somebody copies the
// executable; #embed (C23, which clang has in every mode) does neither harm.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char tree[] = {
#embed "divisions.csv"
};

static const unsigned char changes[] = {
#embed "division_changes.csv"
};

const unsigned char *cdivisions_tree(size_t *size_bytes) {
    *size_bytes = sizeof tree;
    return tree;
}

const unsigned char *cdivisions_changes(size_t *size_bytes) {
    *size_bytes = sizeof changes;
    return changes;
}
