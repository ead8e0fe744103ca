/* Eigenvectors of small symmetric matrices. */
#ifndef TRAIN_EIGEN_H
#define TRAIN_EIGEN_H

#include <stddef.h>

/* Eigenvalues value[n] of the symmetric m[n][n], largest first, and eigenvectors in the rows of vector[n][n], of length 1.
 * Destroys m. Jacobi's method (Golub & Van Loan, Matrix Computations, 8.5), in a fixed order. */
void train_eigen(double *m, size_t n, double *vector, double *value);

#endif
