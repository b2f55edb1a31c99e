//! Who a person is and what they may see and do, decided in one place.
