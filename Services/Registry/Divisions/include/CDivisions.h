// The division data that the registry ships, inside the executable: it is found wherever the executable lies.

#ifndef CDIVISIONS_H
#define CDIVISIONS_H

#include <stddef.h>

/// divisions.csv: UTF-8, `code,name,level,parent_code`, valid for the life of the process.
const unsigned char *cdivisions_tree(size_t *size_bytes);

/// division_changes.csv: UTF-8, `year,type,level,old_code,old_name,old_parent_code,new_code,new_name,new_parent_code,...`,
/// valid for the life of the process.
const unsigned char *cdivisions_changes(size_t *size_bytes);

#endif
