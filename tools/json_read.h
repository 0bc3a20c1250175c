/* json_read.h: a reader of JSON: a text becomes a tree, to be looked up by name. */
#ifndef TOOLS_JSON_READ_H
#define TOOLS_JSON_READ_H

#include <stddef.h>

typedef enum json_kind { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT } json_kind;

typedef struct json_value json_value;
struct json_value {
    json_kind kind;
    double number;
    char *text, *key;         /* a string's text; its name in an object, else NULL */
    json_value *first, *next; /* of an array or object; the next beside it */
};

/* The one value that the text is, to be freed; NULL, and what is wrong and at which byte, where it is none. Nesting deeper than 64 is refused. */
json_value *json_parse(const char *text, char fault[128]);
void json_free(json_value *value);

/* Each takes NULL, and gives the last argument where there is no such member or it is of another kind. */
const json_value *json_find(const json_value *object, const char *key); /* NULL: none */
const char *json_find_text(const json_value *object, const char *key, const char *none);
double json_find_number(const json_value *object, const char *key, double none);

#endif
