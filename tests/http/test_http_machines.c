/* Every machine of the table, written to a model file and queried over HTTP: energies, free energies, features and samples
 * against enumeration. A new type of unit or coupling is tested here through its rows in the table. */
#include "machine.h"
#include "oracle_machines.h"
#include "rows.h"
#include "served.h"
#include "test.h"
#include "wire.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 4, WORDS = 3, MOST_LAYERS = 16, MOST_UNITS = 16, ROOM = 16384 };

static double at(const cJSON *list, size_t i)
{
    const cJSON *item = cJSON_GetArrayItem(list, (int)i);
    assert_true(cJSON_IsNumber(item));
    return item->valuedouble;
}

/* {"NAME":[[…]],…} of all layers, or of the visible ones only. */
static void write_rows(const struct rows *rows, bool hidden, char text[ROOM])
{
    const struct bz_machine *m = rows->m;
    size_t used = 0;
    for (size_t l = 0; l < m->n_layers; l++) {
        const size_t size = m->layers[l].size;
        if (!hidden && !bz_is_visible(&m->layers[l]))
            continue;
        used += (size_t)snprintf(text + used, ROOM - used, "%s\"%s\":[", used ? "," : "{", m->layers[l].name);
        for (size_t k = 0; k < ROWS * size; k++)
            used += (size_t)snprintf(text + used, ROOM - used, "%s%.9g%s",
                                     k % size ? ","
                                     : k      ? ",["
                                              : "[",
                                     (double)rows->s->x[l][k], k % size == size - 1 ? "]" : "");
        used += (size_t)snprintf(text + used, ROOM - used, "]");
    }
    assert_true(used + 2 < ROOM);
    strcpy(text + used, "}");
}

static void check_scores(const struct served *s, const char *name, const struct rows *rows)
{
    char text[ROOM], body[ROOM + 32];
    write_rows(rows, true, text);
    snprintf(body, sizeof(body), "{\"states\":%s}", text);
    cJSON *energy = served_ask(s, name, "energy", body);
    write_rows(rows, false, text);
    snprintf(body, sizeof(body), "{\"inputs\":%s}", text);
    cJSON *free_energy = served_ask(s, name, "free-energy", body);
    const char *method = cJSON_GetStringValue(cJSON_GetObjectItem(free_energy, "method"));
    const bool exact = bz_machine_hidden_independent(rows->m);
    assert_string_equal(method, exact ? "exact" : "variational");
    for (size_t r = 0; r < ROWS; r++) {
        const double found = at(cJSON_GetObjectItem(free_energy, "free_energy"), r), want = rows_free_energy(rows, r);
        assert_near(at(cJSON_GetObjectItem(energy, "energy"), r), rows_energy(rows, r), 1e-6);
        if (exact)
            assert_near(found, want, 1e-6);
        else if (!(found > want - 1e-6 && found < want + 1))
            fail_msg("%s row %zu: bound %g, exact %g", name, r, found, want);
    }
    cJSON_Delete(energy);
    cJSON_Delete(free_energy);
}

/* Posterior means of every hidden layer, where they are exact. */
static void check_features(const struct served *s, const char *name, const struct rows *rows)
{
    const struct bz_machine *m = rows->m;
    char text[ROOM], body[ROOM + 96];
    double mean[MOST_LAYERS][MOST_UNITS], *to[MOST_LAYERS];
    if (!bz_machine_hidden_independent(m))
        return;
    for (size_t l = 0; l < m->n_layers; l++)
        to[l] = mean[l];
    write_rows(rows, false, text);
    for (size_t l = 0; l < m->n_layers; l++) {
        if (bz_is_visible(&m->layers[l]))
            continue;
        snprintf(body, sizeof(body), "{\"layer\":\"%s\",\"inputs\":%s}", m->layers[l].name, text);
        cJSON *reply = served_ask(s, name, "features", body);
        for (size_t r = 0; r < ROWS; r++) {
            rows_means(rows, r, to);
            for (size_t i = 0; i < m->layers[l].size; i++)
                assert_near(at(cJSON_GetArrayItem(cJSON_GetObjectItem(reply, "features"), (int)r), i), mean[l][i], 1e-5);
        }
        cJSON_Delete(reply);
    }
}

/* Samples are states of the machine, and their energy is the one reported with them. */
static void check_samples(const struct served *s, const char *name, const struct bz_machine *m)
{
    char body[1024] = "{\"count\":5,\"steps\":3,\"seed\":1,\"layers\":[", counts[256] = "";
    for (size_t l = 0; l < m->n_layers; l++) {
        snprintf(body + strlen(body), sizeof(body) - strlen(body), "%s\"%s\"", l ? "," : "", m->layers[l].name);
        if (m->layers[l].unit == BZ_MULTINOMIAL)
            snprintf(counts + strlen(counts), sizeof(counts) - strlen(counts), "%s\"%s\":%d", *counts ? "," : "",
                     m->layers[l].name, WORDS);
    }
    snprintf(body + strlen(body), sizeof(body) - strlen(body), *counts ? "],\"counts\":{%s}}" : "]}", counts);
    cJSON *reply = served_ask(s, name, "sample", body);
    char *states = cJSON_PrintUnformatted(cJSON_GetObjectItem(reply, "samples"));
    assert_non_null(states);
    char again[ROOM];
    snprintf(again, sizeof(again), "{\"states\":%s}", states);
    cJSON *energy = served_ask(s, name, "energy", again);
    for (size_t r = 0; r < 5; r++)
        assert_near(at(cJSON_GetObjectItem(reply, "energy"), r), at(cJSON_GetObjectItem(energy, "energy"), r), 1e-6);
    cJSON_free(states);
    cJSON_Delete(energy);
    cJSON_Delete(reply);
}

/* The pairs that a sparse coupling lists, as JSON, npy and raw. */
static void check_pairs(const struct served *s, const char *name, const struct bz_machine *m)
{
    char target[256], text[ROOM], magic[] = "'descr': '<i8'";
    for (size_t c = 0; c < m->n_couplings; c++) {
        const struct bz_coupling *coupling = &m->couplings[c];
        snprintf(target, sizeof(target), "/v1/models/%s/parameters/%s~%s.index", name, m->layers[coupling->a].name,
                 m->layers[coupling->b].name);
        if (!coupling->index) {
            served_expect(s->port, target, NULL, 404, "tensor_not_found");
            continue;
        }
        size_t used = (size_t)snprintf(text, ROOM, "\"shape\":[%zu,2],\"data\":[", coupling->n_entries);
        for (size_t k = 0; k < coupling->n_entries; k++)
            used += (size_t)snprintf(text + used, ROOM - used, "%s[%u,%u]", k ? "," : "", (unsigned)coupling->index[k][0],
                                     (unsigned)coupling->index[k][1]);
        served_expect(s->port, target, NULL, 200, strcat(text, "]}"));
        strcat(target, "?format=npy");
        struct wire_reply reply = wire_get(s->port, target);
        const size_t bytes = coupling->n_entries * 2 * sizeof(int64_t);
        assert_int_equal(reply.status, 200);
        assert_non_null(memmem(reply.body, reply.size, magic, strlen(magic)));
        for (size_t k = 0; k < coupling->n_entries * 2; k++) {
            int64_t found;
            memcpy(&found, reply.body + reply.size - bytes + k * sizeof(found), sizeof(found));
            assert_int_equal(found, coupling->index[k / 2][k % 2]);
        }
        wire_free(&reply);
        strcpy(strstr(target, "npy"), "png");
        served_expect(s->port, target, NULL, 406, "not_acceptable");
    }
}

static void every_machine_is_served_as_enumeration_says(void **state)
{
    struct served s = {0};
    struct bz_machine *m;
    char name[16];
    (void)state;
    served_folder(&s);
    for (size_t i = 0; (m = oracle_number(i)); i++) {
        snprintf(name, sizeof(name), "m%02zu", i);
        served_publish(&s, name, 1, m);
        bz_machine_free(m);
    }
    served_start(&s, (const char *const[]){NULL});
    for (size_t i = 0; (m = oracle_number(i)); i++) {
        struct rows rows;
        snprintf(name, sizeof(name), "m%02zu", i);
        rows_new(&rows, m, ROWS, WORDS, 3 + i);
        check_scores(&s, name, &rows);
        check_features(&s, name, &rows);
        check_samples(&s, name, m);
        check_pairs(&s, name, m);
        rows_free(&rows);
        bz_machine_free(m);
    }
    served_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_machine_is_served_as_enumeration_says)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
