//! Every row of the retry table, first attempt and every attempt, before and after the server has acted.
