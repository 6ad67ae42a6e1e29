/* SPDX-License-Identifier: Apache-2.0 */
/* The commands that this program obeys. */
#ifndef CENTRAL_COMMANDS_H
#define CENTRAL_COMMANDS_H

#include "central.h"

#define COMMANDS_PROBLEM_SIZE 640

struct input;

/* The line is cut into words. False: nothing was changed, and problem says why. */
bool commands_obey(struct central *central, struct input *input, char *line,
                   char problem[COMMANDS_PROBLEM_SIZE]);

#endif
