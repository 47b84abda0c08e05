//! A strict reader of Prometheus' text form, version 0.0.4: every line must be understood, each family declared once and told in one piece, histograms must add up.

use std::collections::{BTreeMap, BTreeSet};

/// What was told.
#[derive(Debug, Default)]
pub struct Exposition {
    /// The kind of each family, by its name.
    kinds: BTreeMap<String, String>,
    samples: Vec<Sample>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
struct Sample {
    name: String,
    labels: Labels,
    value: f64,
}

/// The labels of a line, with their values.
type Labels = BTreeMap<String, String>;

impl Exposition {
    /// Reads it.
    ///
    /// # Errors
    /// If a line is not understood or does not fit the others; which, and why.
    pub fn read(text: &str) -> Result<Self, String> {
        if !text.ends_with('\n') {
            return Err("the last line does not end".to_owned());
        }
        let (mut read, mut family, mut seen) = (Exposition::default(), String::new(), BTreeSet::new());
        for (number, line) in (1..).zip(text.lines()) {
            let told = read.line(line, &mut family, &mut seen);
            told.map_err(|error| format!("line {number}: {error}: {line}"))?;
        }
        read.check()?;
        Ok(read)
    }

    fn line(
        &mut self,
        line: &str,
        family: &mut String,
        seen: &mut BTreeSet<(String, String)>,
    ) -> Result<(), String> {
        if let Some(said) = line.strip_prefix("# ") {
            let (word, rest) = said.split_once(' ').ok_or("a comment")?;
            let (name, text) = rest.split_once(' ').ok_or("no text")?;
            let is_new = seen.insert((word.to_owned(), name.to_owned()));
            if !is_name(name) || !is_new || text.is_empty() {
                return Err("a name that is none, or was declared before".to_owned());
            }
            match word {
                "HELP" => name.clone_into(family),
                "TYPE" if name == family && ["counter", "gauge", "histogram"].contains(&text) => {
                    self.kinds.insert(name.to_owned(), text.to_owned());
                }
                _ => return Err("expected HELP, then TYPE of the same".to_owned()),
            }
            return Ok(());
        }
        let sample = sample(line)?;
        let kind = self.kinds.get(family).ok_or("a sample of no kind")?;
        let suffix = sample.name.strip_prefix(family.as_str()).ok_or("a sample of another family")?;
        let is_sound = match kind.as_str() {
            "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
            "counter" => suffix.is_empty() && family.ends_with("_total") && sample.value >= 0.0,
            _ => suffix.is_empty() && !family.ends_with("_total"),
        };
        let is_again =
            self.samples.iter().any(|other| other.name == sample.name && other.labels == sample.labels);
        if !is_sound || is_again {
            return Err("a sample that its kind does not have, or a second time".to_owned());
        }
        self.samples.push(sample);
        Ok(())
    }

    /// That histograms add up.
    fn check(&self) -> Result<(), String> {
        for (name, _) in self.kinds.iter().filter(|(_, kind)| *kind == "histogram") {
            let bucket = format!("{name}_bucket");
            let mut series: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
            for sample in self.samples.iter().filter(|sample| sample.name == bucket) {
                let mut labels = sample.labels.clone();
                let bound = labels.remove("le").ok_or_else(|| format!("{name}: a bucket without a bound"))?;
                let bound = number(&bound).ok_or_else(|| format!("{name}: a bound that is no number"))?;
                series.entry(labels).or_default().push((bound, sample.value));
            }
            for (labels, buckets) in series {
                let rises = buckets.is_sorted_by(|one, next| one.0 < next.0 && one.1 <= next.1);
                let of: Vec<_> = labels.iter().map(|(key, value)| (&**key, &**value)).collect();
                let last = buckets.last().copied();
                if !rises || last != Some((f64::INFINITY, self.total(&format!("{name}_count"), &of))) {
                    return Err(format!("{name}: buckets that do not add up: {buckets:?}"));
                }
            }
        }
        Ok(())
    }

    /// The sum of all samples of a name that have these labels.
    pub fn total(&self, name: &str, labels: &[(&str, &str)]) -> f64 {
        let has = |sample: &&Sample| {
            labels.iter().all(|&(key, value)| sample.labels.get(key).is_some_and(|told| told == value))
        };
        self.samples.iter().filter(|sample| sample.name == name).filter(has).map(|sample| sample.value).sum()
    }

    /// The same of what is counted in whole numbers.
    ///
    /// # Panics
    /// If it is none.
    pub fn count(&self, name: &str, labels: &[(&str, &str)]) -> i64 {
        let total = self.total(name, labels);
        assert!(total.fract().abs() < f64::EPSILON, "{name}: {total}");
        total as i64
    }
}

fn is_name(name: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    name.bytes().next().is_some_and(is_letter)
        && name.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

fn number(text: &str) -> Option<f64> {
    match text {
        "+Inf" => Some(f64::INFINITY),
        "-Inf" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ => text.parse().ok().filter(|_| text.bytes().all(|byte| b"0123456789.eE+-".contains(&byte))),
    }
}

fn sample(line: &str) -> Result<Sample, String> {
    let end = line.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (key, after) = inside.split_once("=\"").ok_or("a label without a value")?;
            let (value, after) = quoted(after).ok_or("a value that does not end")?;
            if !is_name(key) || key.contains(':') || labels.insert(key.to_owned(), value).is_some() {
                return Err("a label that is none, or is there twice".to_owned());
            }
            let Some(more) = after.strip_prefix(',') else {
                rest = after.strip_prefix('}').ok_or("labels that do not end")?;
                break;
            };
            inside = more;
        }
    }
    let value = rest.strip_prefix(' ').and_then(number).ok_or("no value")?;
    if is_name(name) {
        Ok(Sample { name: name.to_owned(), labels, value })
    } else {
        Err("no name".to_owned())
    }
}

/// A value up to its closing quote, and what comes after.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match letters.next()?.1 {
                'n' => value.push('\n'),
                escaped @ ('\\' | '"') => value.push(escaped),
                _ => return None,
            },
            _ => value.push(letter),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: &str = "# HELP a_total Of \\\\ all.\n# TYPE a_total counter\na_total{b=\"x\\\"\\n\",c=\"}\"} 2\na_total{b=\"y\",c=\"\"} 3\n\
        # HELP h_seconds H.\n# TYPE h_seconds histogram\nh_seconds_bucket{le=\"0.5\"} 1\nh_seconds_bucket{le=\"+Inf\"} 2\nh_seconds_sum 1.5e0\nh_seconds_count 2\n";

    #[test]
    fn what_is_sound_is_read_and_what_is_not_is_found() {
        let read = Exposition::read(SOUND).unwrap();
        assert_eq!((read.count("a_total", &[]), read.count("a_total", &[("b", "x\"\n")])), (5, 2));
        for (from, to) in [
            ("# TYPE a_total counter\n", ""),
            ("# HELP a_total", "# HELP b_total"),
            ("c=\"\"", "c=\"}\",b=\"y\""),
            ("b=\"y\",c=\"\"", "b=\"x\\\"\\n\",c=\"}\""),
            ("+Inf\"} 2", "+Inf\"} 3"),
            ("0.5\"} 1", "0.5\"} 4"),
            ("le=\"+Inf\"", "le=\"7\""),
            ("h_seconds_sum", "h_seconds_other"),
            (" 3\n", " three\n"),
            ("_count 2\n", "_count 2"),
            ("} 2\na", "} -2\na"),
            ("\\\"\\n", "\\q"),
        ] {
            let spoilt = SOUND.replacen(from, to, 1);
            assert_ne!(spoilt, SOUND, "{from}");
            assert!(Exposition::read(&spoilt).is_err(), "{from} as {to}");
        }
    }
}
