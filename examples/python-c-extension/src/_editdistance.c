/* How many letters have to be put in, taken out or replaced to turn one text into another. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

static Py_ssize_t smallest(Py_ssize_t a, Py_ssize_t b, Py_ssize_t c)
{
    Py_ssize_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* One row of the table of distances is kept: row[j] is the distance of the first i letters to the first j. */
static Py_ssize_t distance(PyObject *left, PyObject *right, Py_ssize_t *row)
{
    Py_ssize_t rows = PyUnicode_GET_LENGTH(left), columns = PyUnicode_GET_LENGTH(right);
    for (Py_ssize_t j = 0; j <= columns; j++)
        row[j] = j;
    for (Py_ssize_t i = 1; i <= rows; i++) {
        Py_ssize_t diagonal = row[0];
        Py_UCS4 letter = PyUnicode_READ_CHAR(left, i - 1);
        row[0] = i;
        for (Py_ssize_t j = 1; j <= columns; j++) {
            Py_ssize_t replaced = diagonal + (letter != PyUnicode_READ_CHAR(right, j - 1));
            diagonal = row[j];
            row[j] = smallest(replaced, row[j] + 1, row[j - 1] + 1);
        }
    }
    return row[columns];
}

static PyObject *edit_distance(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *left, *right;
    if (!PyArg_ParseTuple(args, "UU:distance", &left, &right))
        return NULL;
    Py_ssize_t *row = PyMem_New(Py_ssize_t, PyUnicode_GET_LENGTH(right) + 1);
    if (row == NULL)
        return PyErr_NoMemory();
    Py_ssize_t result = distance(left, right, row);
    PyMem_Free(row);
    return PyLong_FromSsize_t(result);
}

static PyMethodDef methods[] = {
    {"distance", edit_distance, METH_VARARGS, "distance(left, right): the number of edits between two texts."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_editdistance",
    .m_size = 0,
    .m_methods = methods,
};

PyMODINIT_FUNC PyInit__editdistance(void)
{
    return PyModule_Create(&module);
}
