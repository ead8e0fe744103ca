/* Names of the states of models. */
#ifndef API_MODELS_VIEW_H
#define API_MODELS_VIEW_H

#include "api.h"

const char *api_state_name(enum api_model_state state); /* "READY", ... */

#endif
