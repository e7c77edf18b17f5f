#pragma once
#include <librdkafka/rdkafka.h>

/* One header of a record that is being produced. Copied by the call. */
typedef struct tollstream_header {
    const char *name; /* ends in NUL */
    const void *value;
    size_t size;
} tollstream_header_t;

enum { TOLLSTREAM_MAX_HEADERS = 100 };

/* Produces one record with headers, all bytes copied. Swift can't call the variadic rd_kafka_producev, and filling the tagged unions
 * of rd_kafka_produceva from Swift would cost an allocation a record. A null key or value means none. */
static inline rd_kafka_resp_err_t tollstream_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition, const void *key, size_t key_size, const void *value, size_t value_size,
    const tollstream_header_t *headers, size_t header_count) {
    rd_kafka_vu_t fields[5 + TOLLSTREAM_MAX_HEADERS];
    size_t count = 5;
    if (header_count > TOLLSTREAM_MAX_HEADERS) return RD_KAFKA_RESP_ERR__INVALID_ARG;
    fields[0].vtype = RD_KAFKA_VTYPE_RKT;
    fields[0].u.rkt = topic;
    fields[1].vtype = RD_KAFKA_VTYPE_PARTITION;
    fields[1].u.i32 = partition;
    fields[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[2].u.i = RD_KAFKA_MSG_F_COPY;
    fields[3].vtype = RD_KAFKA_VTYPE_KEY;
    fields[3].u.mem.ptr = (void *)key;
    fields[3].u.mem.size = key_size;
    fields[4].vtype = RD_KAFKA_VTYPE_VALUE;
    fields[4].u.mem.ptr = (void *)value;
    fields[4].u.mem.size = value_size;
    for (size_t i = 0; i < header_count; i++, count++) {
        fields[count].vtype = RD_KAFKA_VTYPE_HEADER;
        fields[count].u.header.name = headers[i].name;
        fields[count].u.header.val = headers[i].value;
        fields[count].u.header.size = (ssize_t)headers[i].size;
    }
    rd_kafka_error_t *error = rd_kafka_produceva(rk, fields, count);
    if (!error) return RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    rd_kafka_error_destroy(error);
    return code;
}
