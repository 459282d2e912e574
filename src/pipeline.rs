//! The whole machine on one page: which part is given which input and output.
