//! Arithmetic on paper: a number that is written with a decimal point stands for that decimal, not for
//! the binary fraction next to it. So 0.1 + 0.2 is 0.3, and a sum that decides is the one that anybody
//! gets. Nothing of expressions is here.

/// Places by which the exponents of two numbers may lie apart and still be added exactly.
const APART_MAX: u32 = 18;
/// Digits that a division is carried on to.
const DIGITS: u32 = 36;

/// `digits` times ten to the `exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: i128,
    exponent: i32,
}

impl Decimal {
    /// The shortest decimal that reads as the number; none where that is no number.
    fn of(value: f64) -> Option<Self> {
        let text = format!("{value:e}");
        let (mantissa, exponent) = text.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let places = mantissa.split_once('.').map_or(0, |(_, places)| places.len());
        let digits = mantissa.replace('.', "").parse().ok()?;
        Some(Self { digits, exponent: exponent - i32::try_from(places).ok()? })
    }

    /// The number next to it.
    fn nearest(self) -> Option<f64> {
        format!("{}e{}", self.digits, self.exponent).parse().ok()
    }

    /// Both with the smaller exponent.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let exponent = self.exponent.min(other.exponent);
        let to = |own: Self| {
            let apart = own.exponent.abs_diff(exponent);
            (apart <= APART_MAX).then(|| own.digits.checked_mul(10_i128.pow(apart))).flatten()
        };
        Some((to(self)?, to(other)?, exponent))
    }
}

/// The result on paper, or that of the machine where paper does not suffice.
fn exactly(
    left: f64,
    right: f64,
    on_paper: impl Fn(Decimal, Decimal) -> Option<Decimal>,
    machine: impl Fn(f64, f64) -> f64,
) -> f64 {
    let result = Decimal::of(left)
        .zip(Decimal::of(right))
        .and_then(|(left, right)| on_paper(left, right)?.nearest());
    result.unwrap_or_else(|| machine(left, right))
}

/// The sum.
pub(crate) fn add(left: f64, right: f64) -> f64 {
    let on_paper = |left: Decimal, right: Decimal| {
        let (a, b, exponent) = left.aligned(right)?;
        Some(Decimal { digits: a.checked_add(b)?, exponent })
    };
    exactly(left, right, on_paper, |a, b| a + b)
}

/// The difference.
pub(super) fn subtract(left: f64, right: f64) -> f64 {
    add(left, -right)
}

/// The product.
pub(super) fn multiply(left: f64, right: f64) -> f64 {
    let on_paper = |left: Decimal, right: Decimal| {
        let exponent = left.exponent.checked_add(right.exponent)?;
        Some(Decimal { digits: left.digits.checked_mul(right.digits)?, exponent })
    };
    exactly(left, right, on_paper, |a, b| a * b)
}

/// The quotient; `right` is not 0.
pub(super) fn divide(left: f64, right: f64) -> f64 {
    let on_paper = |left: Decimal, right: Decimal| {
        let more = DIGITS.checked_sub(left.digits.checked_ilog10().unwrap_or(0) + 1)?;
        let digits = left.digits.checked_mul(10_i128.checked_pow(more)?)?;
        let digits = digits.checked_div(right.digits)?;
        let exponent = left.exponent - right.exponent - more.cast_signed();
        Some(Decimal { digits, exponent })
    };
    exactly(left, right, on_paper, |a, b| a / b)
}

/// Rounded to decimal places, halves away from zero: 1.005 to two places is 1.01.
pub(super) fn round(value: f64, places: u32) -> f64 {
    let rounded = || {
        let own = Decimal::of(value)?;
        let exponent = -places.cast_signed();
        let Some(drop) = exponent.checked_sub(own.exponent).and_then(|it| u32::try_from(it).ok())
        else {
            return Some(value);
        };
        let unit = 10_i128.checked_pow(drop)?;
        let half = own.digits.signum() * (unit / 2);
        Decimal { digits: (own.digits + half) / unit, exponent }.nearest()
    };
    rounded().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::{add, divide, multiply, round, subtract};

    #[test]
    fn it_is_as_on_paper() {
        let same = |found: f64, expected: f64| {
            assert!(found.total_cmp(&expected).is_eq(), "{found} is not {expected}");
        };
        same(add(0.1, 0.2), 0.3);
        same(add(add(24.2, 16.4), 19.4), 60.0);
        same(subtract(0.3, 0.1), 0.2);
        same(subtract(1.1, 1.1), 0.0);
        same(multiply(1.1, 3.0), 3.3);
        same(multiply(19.99, 100.0), 1999.0);
        same(multiply(4.35, 100.0), 435.0);
        same(divide(0.3, 0.1), 3.0);
        same(divide(0.6, 3.0), 0.2);
        same(divide(1.0, 3.0), 1.0 / 3.0);
        same(divide(-2.0, 3.0), -2.0 / 3.0);
        same(divide(0.0, 7.0), 0.0);
        same(round(1.005, 2), 1.01);
        same(round(-2.5, 0), -3.0);
        same(round(1234.5678, 3), 1234.568);
        same(round(7.0, 2), 7.0);
        same(round(1e300, 2), 1e300);
        same(round(1e-300, 2), 0.0);
    }

    #[test]
    fn where_paper_does_not_suffice_the_machine_does() {
        assert!(add(1e300, 1e-300).total_cmp(&1e300).is_eq());
        assert!(multiply(1e200, 1e200).is_infinite());
        assert!(add(f64::MAX, f64::MAX).is_infinite());
    }

    /// Amounts with one, two and three places: whatever is added up in whatever order is the same.
    #[test]
    fn every_sum_of_amounts_is_the_one_of_whole_numbers() {
        for scale in [10_i32, 100, 1000] {
            for (a, b) in (0..2_000).map(|n| (n * 37 % 100_003, n * 91 % 99_991)) {
                let of = |n: i32| f64::from(n) / f64::from(scale);
                assert!(add(of(a), of(b)).total_cmp(&of(a + b)).is_eq(), "{a} {b} {scale}");
                assert!(subtract(of(a), of(b)).total_cmp(&of(a - b)).is_eq(), "{a} {b} {scale}");
            }
        }
    }
}
