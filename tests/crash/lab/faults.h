/* Fails or kills at the n-th call of a kind; part of shim.c. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ON_CHANGE counts whatever a file system refuses that was mounted read-only: writes, names, opening for writing. */
enum fault_kind { ON_WRITE = 1, ON_SYNC, ON_FOLDER_SYNC, ON_CHANGE, FAULT_KINDS };
enum fault_action { KILL_BEFORE = -1, KILL_AFTER = -2 };

static struct { int kind, action, sticky; long at; } fault;
static long counted[FAULT_KINDS];

/* For a forked child: watch another folder, count from zero, and fail the at-th call of a kind. */
void crashlab_arm(const char *folder, int kind, long at, int action, int sticky)
{
    root = strdup(folder);
    memset(counted, 0, sizeof counted);
    fault.kind = kind, fault.at = at, fault.action = action, fault.sticky = sticky;
}

long crashlab_counted(int kind) { return counted[kind]; }

/* Count one call of a kind; returns the errno it must fail with, or 0. */
static int struck(int kind)
{
    long now = ++counted[kind];
    if (fault.kind != kind || !(now == fault.at || (fault.sticky && now > fault.at))) return 0;
    if (fault.action == KILL_BEFORE) kill(getpid(), SIGKILL);
    return fault.action > 0 ? fault.action : 0;
}

static void finish(int kind)
{
    if (fault.kind == kind && fault.action == KILL_AFTER && counted[kind] == fault.at) kill(getpid(), SIGKILL);
}

/* Say whether a change must fail; errno is then set. */
static int refused(void)
{
    int failed = struck(ON_CHANGE);
    if (failed) errno = failed;
    return failed;
}
