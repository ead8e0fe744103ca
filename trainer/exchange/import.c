#include "import.h"

#include "mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* In the order in which they are tried; programs that name themselves in the file come before those recognised by names of
 * arrays. */
static const struct import_program *const programs[] = {
    &import_rbms,
    &import_julia,
    &import_sklearn,
    &import_pgm,
    &import_pydeep,
    &import_dwave,
    &import_qucumber,
    &import_liao,
    &import_learnergy,
    &import_deepnet,
    &import_salakhutdinov,
    &import_hinton,
    &import_deeplearntoolbox,
    &import_h10,
    &import_dimod,
    &import_adabmdca,
    &import_ccmpred,
    &import_gremlin,
    &import_plmc,
    &import_echen,
    &import_plain,
};
enum { N_PROGRAMS = sizeof(programs) / sizeof(programs[0]) };

void import_free(struct import *im)
{
    bz_machine_free(im->machine);
    bz_texts_free(im->said, im->n_said);
    *im = (struct import){0};
}

int import_refuse(const struct import *im, struct bz_error *err, const char *format, ...)
{
    char text[420];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return bz_fail(err, BZ_UNSUPPORTED, "%s: %s", im->b->path, text);
}

/* --- arrays --- */

int import_numbers(struct import *im, const char *name, double **out, size_t *n, struct bz_error *err)
{
    const struct train_array *a = bundle_array(im->b, name, err);
    if (!a)
        return -1;
    if (*n && a->npy.count != *n)
        return bz_fail(err, BZ_BAD_INPUT, "%s: array '%s' has %zu numbers, expected %zu", im->b->path, name, a->npy.count, *n);
    double *x = bz_alloc(a->npy.count, sizeof(*x), err);
    if (!x)
        return -1;
    bz_npy_doubles(&a->npy, a->data, 0, a->npy.count, x);
    for (size_t i = 0; i < a->npy.count; i++)
        if (!isfinite(x[i]) || fabs(x[i]) > 3.4e38) {
            bz_fail(err, BZ_BAD_INPUT, "%s: array '%s', element %zu: %g, expected a finite number", im->b->path, name, i, x[i]);
            bz_free(x);
            return -1;
        }
    *out = x;
    *n = a->npy.count;
    return 0;
}

int import_number(struct import *im, const char *name, double *out, struct bz_error *err)
{
    size_t n = 1;
    double *x;
    if (import_numbers(im, name, &x, &n, err) < 0)
        return -1;
    *out = *x;
    bz_free(x);
    return 0;
}

bool import_has(const struct import *im, const char *prefix, const char *const *names)
{
    for (; *names; names++) {
        char name[600];
        snprintf(name, sizeof(name), "%s%s", prefix, *names);
        if (!bundle_has_array(im->b, name))
            return false;
    }
    return true;
}

bool import_prefix(const struct import *im, const char *ending, char *prefix, size_t room)
{
    const size_t n = strlen(ending);
    for (size_t i = 0; i < im->b->n; i++) {
        const char *name = im->b->items[i].name;
        const size_t length = strlen(name);
        if (!im->b->items[i].is_array || length < n || strcmp(name + length - n, ending) != 0 || length - n >= room)
            continue;
        if (length > n && name[length - n - 1] != '.' && name[length - n - 1] != '/')
            continue;
        memcpy(prefix, name, length - n);
        prefix[length - n] = 0;
        return true;
    }
    return false;
}

const char *import_class(const struct import *im, const char *path)
{
    for (size_t i = 0; i < im->b->n; i++)
        if (im->b->items[i].class && strcmp(im->b->items[i].name, path) == 0)
            return im->b->items[i].text;
    return "";
}

/* --- which program --- */

/* The error if --from names a program whose files identify themselves, and this one does not. */
static int check_marks(const struct import *im, const struct import_program *program, struct bz_error *err)
{
    static const struct import_program *const marked[] = {&import_rbms, &import_julia, &import_hinton, &import_salakhutdinov,
                                                          &import_deepnet};
    char list[260];
    for (size_t k = 0; k < sizeof(marked) / sizeof(marked[0]); k++)
        if (program == marked[k] && !program->is(im))
            return bz_fail(err, BZ_BAD_INPUT, "%s: --from %s: the file (%s) is not one of that program's; it holds %s",
                           im->b->path, program->name, im->b->form, import_arrays_text(im, list, sizeof(list)));
    return 0;
}

/* A program was named and cannot read the file: is it another's, or no form of that program at all? */
static int blame_from(const struct import *im, const struct import_program *program, struct bz_error *err)
{
    char list[260];
    if (err->code == BZ_NO_MEMORY || program->is(im))
        return -1;
    for (size_t k = 0; k < N_PROGRAMS; k++)
        if (programs[k]->is(im))
            return bz_fail(err, BZ_BAD_INPUT,
                           "%s: --from %s: the file (%s) is not one of that program's but looks like %s (--from %s)",
                           im->b->path, program->name, im->b->form, programs[k]->title, programs[k]->name);
    if (strcmp(im->b->form, "text") == 0)
        return -1;
    return bz_fail(err, BZ_BAD_INPUT, "%s: --from %s: the file (%s) is not one of that program's; it holds %s", im->b->path,
                   program->name, im->b->form, import_arrays_text(im, list, sizeof(list)));
}

/* Arrays of the file that are not part of the machine, apart from single numbers. */
static int say_left_out(struct import *im, struct bz_error *err)
{
    char list[300] = "";
    size_t used = 0, n = 0;
    for (size_t i = 0; i < im->b->n; i++) {
        const struct bundle_item *item = &im->b->items[i];
        if (!item->is_array || item->taken || (item->array.data && item->array.npy.count <= 1))
            continue;
        if (n++ < 6)
            used += (size_t)snprintf(list + used, sizeof(list) - used, "%s'%.40s'", used ? ", " : "", item->name);
    }
    if (n == 0)
        return 0;
    return import_say(im, err, "left out: %s%s", list, n > 6 ? " and others" : "");
}

static int unknown_program(const char *from, struct bz_error *err)
{
    char list[400] = "";
    size_t used = 0;
    for (size_t k = 0; k < N_PROGRAMS; k++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", k ? ", " : "", programs[k]->name);
    return bz_fail(err, BZ_BAD_USAGE, "--from %s: expected one of %s", from, list);
}

/* A machine whose couplings are all zero is hardly what was meant. */
static int warn_of_zeros(struct import *im, struct bz_error *err)
{
    const struct bz_machine *m = im->machine;
    for (size_t c = 0; c < m->n_couplings; c++)
        for (size_t k = 0; k < m->layers[m->couplings[c].a].size * m->layers[m->couplings[c].b].size; k++)
            if (m->couplings[c].weight[k] != 0)
                return 0;
    return import_say(im, err, "WARNING: every coupling is zero: is this the file of the trained machine?");
}

/* An option that had no effect is an error. */
static int refuse_unused(const struct import *im, const struct import_program *program, struct bz_error *err)
{
    const struct import_options *o = im->o;
    const struct {
        bool given;
        enum import_used use;
        const char *option, *what;
    } options[] = {{o->alphabet, IMPORT_ALPHABET, "--alphabet", "it has no states without letters"},
                   {o->visible_bias, IMPORT_VISIBLE_BIAS, "--visible-bias", "which of its biases is which is known"},
                   {o->transpose, IMPORT_TRANSPOSE, "--transpose", "the order of its weights is known"},
                   {o->update != SIZE_MAX, IMPORT_UPDATE, "--update", "only archives of rbms hold several updates"}};
    for (size_t k = 0; k < sizeof(options) / sizeof(options[0]); k++)
        if (options[k].given && !(im->used & options[k].use))
            return bz_fail(err, BZ_BAD_USAGE, "%s: %s is not for a file of this program (%s): %s", im->b->path,
                           options[k].option, program->title, options[k].what);
    return 0;
}

static int say_layers(struct import *im, struct bz_error *err)
{
    char text[400] = "";
    size_t used = 0;
    for (size_t l = 0; l < im->machine->n_layers && used < sizeof(text); l++) {
        const struct bz_layer *layer = &im->machine->layers[l];
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s %s, %zu %s units", l ? "; " : "",
                                 bz_role_name(layer->role), layer->name, layer->size, bz_unit_name(layer->unit));
    }
    return import_say(im, err, "layers: %s", text);
}

int import_machine(struct import *im, struct bundle *b, struct bundle *second, const struct import_options *o,
                   struct bz_error *err)
{
    *im = (struct import){.b = b, .second = second, .o = o};
    const struct import_program *program = NULL;
    for (size_t k = 0; k < N_PROGRAMS && !program; k++)
        if (o->from ? strcmp(programs[k]->name, o->from) == 0 : programs[k]->is(im))
            program = programs[k];
    if (!program)
        return o->from ? unknown_program(o->from, err) : import_refuse_unknown(im, err);
    if (o->from && check_marks(im, program, err) < 0)
        return -1;
    if (second && program != &import_salakhutdinov)
        return bz_fail(
            err, BZ_BAD_USAGE,
            "%s: a second file is for the two files of a deep machine's pretraining (fullmnistvh.mat fullmnistpo.mat)",
            second->path);
    snprintf(im->program, sizeof(im->program), "%s", program->title);
    if (program->make(im, err) < 0)
        return o->from ? blame_from(im, program, err) : -1;
    return refuse_unused(im, program, err) < 0 || say_left_out(im, err) < 0 || say_layers(im, err) < 0 ||
                   warn_of_zeros(im, err) < 0 || bz_machine_check(im->machine, err) < 0
               ? -1
               : 0;
}
