#pragma once
#include <librdkafka/rdkafka.h>
#include <stdatomic.h>
#include <unistd.h>

/* Some brokers answer an empty fetch at once, where Apache Kafka holds it back for fetch.wait.max.ms: a consumer at the end of its
 * partitions would ask thousands of times a second, and a trickle would come record by record. This waits in their stead: on the
 * client's broker threads, after small answers that came without delay, for longer each time up to a limit. The answer's own records wait
 * with it. It does not know one broker from another: a trickle from a near Apache Kafka is paced too. */
typedef struct tollstream_pace {
    int32_t limit_us;
    _Atomic(int32_t) wait_us;
} tollstream_pace_t;

enum {
    TOLLSTREAM_FULL_ANSWER_BYTES = 65536,
    TOLLSTREAM_HASTY_US = 2000,
    TOLLSTREAM_FIRST_WAIT_US = 1000,
    TOLLSTREAM_API_FETCH = 1,
};

static rd_kafka_resp_err_t tollstream_on_response(
    rd_kafka_t *rk, int sockfd, const char *brokername, int32_t brokerid, int16_t api_key, int16_t api_version, int32_t corrid,
    size_t size, int64_t rtt, rd_kafka_resp_err_t err, void *opaque) {
    (void)rk, (void)sockfd, (void)brokername, (void)brokerid, (void)api_version, (void)corrid;
    /* A request that failed has no answer. */
    if (api_key != TOLLSTREAM_API_FETCH || err || rtt < 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
    tollstream_pace_t *pace = opaque;
    if (size >= TOLLSTREAM_FULL_ANSWER_BYTES || rtt >= TOLLSTREAM_HASTY_US) {
        atomic_store_explicit(&pace->wait_us, 0, memory_order_relaxed);
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    int32_t wait = atomic_load_explicit(&pace->wait_us, memory_order_relaxed);
    int32_t next = wait == 0 ? TOLLSTREAM_FIRST_WAIT_US : 2 * wait;
    atomic_store_explicit(&pace->wait_us, next < pace->limit_us ? next : pace->limit_us, memory_order_relaxed);
    if (wait > 0) usleep((useconds_t)wait);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t tollstream_on_new(rd_kafka_t *rk, const rd_kafka_conf_t *conf, void *opaque, char *errstr, size_t errstr_size) {
    (void)conf, (void)errstr, (void)errstr_size;
    return rd_kafka_interceptor_add_on_response_received(rk, "tollstream", tollstream_on_response, opaque);
}

/* Has the client that is made of conf pace its fetches; the pace must outlive it. */
static inline void tollstream_pace_fetches(rd_kafka_conf_t *conf, tollstream_pace_t *pace) {
    rd_kafka_conf_interceptor_add_on_new(conf, "tollstream", tollstream_on_new, pace);
}

/* Forgets that answers were small: what is read next may be another thing. */
static inline void tollstream_restart_pace(tollstream_pace_t *pace) { atomic_store_explicit(&pace->wait_us, 0, memory_order_relaxed); }

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
    if (header_count == 0) {
        int failed = rd_kafka_produce(topic, partition, RD_KAFKA_MSG_F_COPY, (void *)value, value_size, key, key_size, NULL);
        return failed ? rd_kafka_last_error() : RD_KAFKA_RESP_ERR_NO_ERROR;
    }
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
