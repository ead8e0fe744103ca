/* Sockets that have had their last bytes: kept open until the peer has closed or a while has passed. Closing one immediately,
 * with unread bytes in it or on their way, resets the connection, and the peer loses the last bytes. */
#ifndef LINGER_H
#define LINGER_H

#include <stddef.h>

struct srv_linger;

enum { SRV_LINGER_MOST = 512 };

struct srv_linger *srv_linger_new(size_t most); /* of them, SRV_LINGER_MOST at most; NULL: no memory */
/* Takes the descriptor over. Beyond the limit the oldest close immediately. */
void srv_linger_add(struct srv_linger *linger, int fd);
/* To be called a few times a second: discards what has arrived, closes what is over. */
void srv_linger_tick(struct srv_linger *linger);
void srv_linger_free(struct srv_linger *linger); /* closes all; NULL is fine */

#endif
