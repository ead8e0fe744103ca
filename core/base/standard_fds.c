#include "standard_fds.h"

#include <fcntl.h>

void bz_hold_standard_fds(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0) /* the lowest that is free, so open gives this one */
            (void)!open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
}
