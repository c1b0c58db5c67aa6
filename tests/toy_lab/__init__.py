"""A toy lab for the tests of rooms that know no lab: a softmax over two devices."""
