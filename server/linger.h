/* Sockets whose last words were said: open until the peer has closed or a while has passed. Closing one at once, with
 * unread bytes in it or on their way, resets the connection, and what was said is lost to the peer. */
#ifndef LINGER_H
#define LINGER_H

struct srv_linger;

struct srv_linger *srv_linger_new(void); /* NULL: no memory */
/* Takes the descriptor over. Those that are too many close at once, the oldest first. */
void srv_linger_add(struct srv_linger *linger, int fd);
/* A few times a second: reads and forgets what came, closes what is over. */
void srv_linger_tick(struct srv_linger *linger);
void srv_linger_free(struct srv_linger *linger); /* closes all; NULL is fine */

#endif
