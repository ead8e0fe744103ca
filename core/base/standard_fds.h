/* Standard input, output and error of a program whose starter has closed them. */
#ifndef BZ_STANDARD_FDS_H
#define BZ_STANDARD_FDS_H

/* Holds the places of those that are closed, so that no file or socket gets one of them, and with it what is meant for people
 * or comes from them. Reading and writing there fails as before. To be called first in main. */
void bz_hold_standard_fds(void);

#endif
