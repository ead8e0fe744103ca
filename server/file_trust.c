#include "file_trust.h"

#include "log.h"

#include <sys/stat.h>

void srv_warn_writable(const char *option, const char *path)
{
    struct stat st;
    if (stat(path, &st) < 0 || !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return;
    srv_log(SRV_LOG_WARNING, "%s = %s: %s may write to this file (mode %04o); expected its owner alone: chmod go-w FILE",
            option, path, st.st_mode & S_IWOTH ? "anybody" : "its group", (unsigned)st.st_mode & 07777);
}
