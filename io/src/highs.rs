//! `HiGHS`, a MIP solver, where its shared library is there: an integer program handed to it through its C interface, for a second opinion.
//!
//! The library is loaded from a path when it is asked for, and never needed: nothing of it is linked. `PyPI`'s `highspy` 1.15 ships it as
//! `highspy/libhighs.so.1`, and `highsbox` as `highs_dist/lib/libhighs.so`; other versions of `highspy` keep it within a module that Python alone can load. It stays
//! loaded until the process ends, since it may have begun threads of its own.
//!
//! What `HiGHS` finds is rounded and judged here in integers. Its bound is its word: nothing here proves it. It gets one thread, and no gap is let pass, so that its
//! time can be laid beside ours.

use std::error::Error as _;
use std::ffi::{CStr, c_char, c_double, c_int, c_void};
use std::path::Path;
use std::time::{Duration, Instant};

use bartizan_solver::program::{Program, Row};
use libloading::Library;

/// Whole numbers beyond that are no floating-point numbers any more.
const MOST_EXACT: i64 = 1 << 53;
/// A bound that is not known to be the value is taken to be so much too small, for what was lost in floating point.
const BOUND_NOISE: f64 = 1e-3;

/// Why there is no second opinion.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HighsError {
    /// There is no library, or none that can be loaded alone.
    #[error(
        "cannot be loaded: {0} (expected HiGHS's shared library, such as highspy/libhighs.so.1 of PyPI's highspy 1.15)"
    )]
    NotLoaded(String),
    /// It is another library.
    #[error("has no function {0}, so it is no shared library of HiGHS with its C interface")]
    NoFunction(&'static str),
    /// It is built for other numbers.
    #[error("counts in {0} bytes; expected a HiGHS that counts in 4")]
    OtherIntegers(c_int),
    /// The program is not one for it.
    #[error("the program has a number, or so many, that HiGHS cannot take it")]
    TooLarge,
    /// It failed.
    #[error("HiGHS fails in {0}")]
    Failed(&'static str),
    /// What it says is not so.
    #[error("what HiGHS found breaks the program that it was given")]
    Wrong,
}

/// How `HiGHS` ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// By its word, nothing is better.
    Optimal,
    /// By its word, there is nothing.
    Infeasible,
    /// Its time was up.
    OutOfTime,
    /// Otherwise, with this status of its own.
    Otherwise(c_int),
}

/// What `HiGHS` says of one level of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opinion {
    /// How it ended.
    pub ended: Ended,
    /// What the amounts gain that it found, if it found any.
    pub value: Option<i64>,
    /// What nothing gains more than, by its word; `None` if it knows nothing.
    pub bound: Option<i64>,
    /// How long it took.
    pub took: Duration,
}

type Model = *mut c_void;

/// Its functions, as `highs_c_api.h` declares them.
#[derive(Clone, Copy)]
struct Functions {
    create: unsafe extern "C" fn() -> Model,
    destroy: unsafe extern "C" fn(Model),
    set_bool: unsafe extern "C" fn(Model, *const c_char, c_int) -> c_int,
    set_int: unsafe extern "C" fn(Model, *const c_char, c_int) -> c_int,
    set_double: unsafe extern "C" fn(Model, *const c_char, c_double) -> c_int,
    pass_mip: PassMip,
    run: unsafe extern "C" fn(Model) -> c_int,
    status: unsafe extern "C" fn(*const c_void) -> c_int,
    int_info: unsafe extern "C" fn(*const c_void, *const c_char, *mut c_int) -> c_int,
    double_info: unsafe extern "C" fn(*const c_void, *const c_char, *mut c_double) -> c_int,
    solution: unsafe extern "C" fn(
        *const c_void,
        *mut c_double,
        *mut c_double,
        *mut c_double,
        *mut c_double,
    ) -> c_int,
}

/// Numbers of columns, rows and entries, form, sense, offset; costs, limits of columns, of rows; starts, columns and weights of entries; kinds of columns.
type PassMip = unsafe extern "C" fn(
    Model,
    c_int,
    c_int,
    c_int,
    c_int,
    c_int,
    c_double,
    *const c_double,
    *const c_double,
    *const c_double,
    *const c_double,
    *const c_double,
    *const c_int,
    *const c_int,
    *const c_double,
    *const c_int,
) -> c_int;

const ROW_WISE: c_int = 2;
const MAXIMISE: c_int = -1;
const INTEGER: c_int = 1;
const ERROR: c_int = -1;
const HAS_SOLUTION: c_int = 2;

/// `HiGHS`, loaded.
pub struct Highs {
    functions: Functions,
    version: String,
}

impl Highs {
    /// Loads the library at `path`; a name without a folder is looked for where the system keeps its libraries.
    ///
    /// # Errors
    /// If it cannot be loaded, or is no `HiGHS`.
    pub fn load(path: &Path) -> Result<Self, HighsError> {
        // SAFETY: what a library does when it is loaded is trusted as the program is that the user starts: it was named for this, and nothing is loaded otherwise.
        #[allow(unsafe_code)]
        let library = unsafe { Library::new(path) };
        let library = library.map_err(|error| HighsError::NotLoaded(cause(&error, path)))?;
        // It is never unloaded, so that functions of it can be kept.
        let library: &'static Library = Box::leak(Box::new(library));
        let functions = Functions {
            create: function(library, "Highs_create")?,
            destroy: function(library, "Highs_destroy")?,
            set_bool: function(library, "Highs_setBoolOptionValue")?,
            set_int: function(library, "Highs_setIntOptionValue")?,
            set_double: function(library, "Highs_setDoubleOptionValue")?,
            pass_mip: function(library, "Highs_passMip")?,
            run: function(library, "Highs_run")?,
            status: function(library, "Highs_getModelStatus")?,
            int_info: function(library, "Highs_getIntInfoValue")?,
            double_info: function(library, "Highs_getDoubleInfoValue")?,
            solution: function(library, "Highs_getSolution")?,
        };
        let version: unsafe extern "C" fn() -> *const c_char = function(library, "Highs_version")?;
        let size: unsafe extern "C" fn(*const c_void) -> c_int =
            function(library, "Highs_getSizeofHighsInt")?;
        let session = Session::new(functions)?;
        // SAFETY: the model is one that the library made, and the version is a text that ends in 0 and lasts as long as the library.
        #[allow(unsafe_code)]
        let (size, version) = unsafe { (size(session.model), CStr::from_ptr(version())) };
        if size != size_of::<c_int>() as c_int {
            return Err(HighsError::OtherIntegers(size));
        }
        Ok(Highs { functions, version: version.to_string_lossy().into_owned() })
    }

    /// Its version, as it tells it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What `HiGHS` says of one level of a program, with no less on the levels before than `kept`, within so many seconds.
    ///
    /// # Errors
    /// If it fails, or its amounts are none of the program.
    ///
    /// # Panics
    /// If the program has no such level, or `kept` not one value for each level before.
    pub fn maximise(
        &self,
        program: &Program,
        level: usize,
        kept: &[i64],
        seconds: f64,
    ) -> Result<Opinion, HighsError> {
        assert_eq!(kept.len(), level, "one value for each level before");
        if program.most.is_empty() {
            let (ended, value) = (Ended::Optimal, Some(0));
            return Ok(Opinion { ended, value, bound: value, took: Duration::ZERO });
        }
        let rows = program.rows.iter().cloned();
        let rows: Vec<Row> = rows.chain(kept.iter().zip(&program.gains).map(no_less)).collect();
        let started = Instant::now();
        let mut session = Session::new(self.functions)?;
        session.set(seconds)?;
        session.pass(&program.most, &program.gains[level], &rows)?;
        let ended = session.run()?;
        let amounts = session.amounts(program.most.len())?;
        if let Some(amounts) = &amounts
            && !is_allowed(&program.most, &rows, amounts)
        {
            return Err(HighsError::Wrong);
        }
        let value = amounts.map(|amounts| sum((0..).zip(program.gains[level].iter().copied()), &amounts));
        let value = value.map(|value| i64::try_from(value).map_err(|_| HighsError::TooLarge)).transpose()?;
        let bound = match (ended, value) {
            (Ended::Optimal, Some(_)) => value,
            (Ended::Infeasible, _) => None,
            _ => session.bound()?,
        };
        Ok(Opinion { ended, value, bound, took: started.elapsed() })
    }
}

impl std::fmt::Debug for Highs {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Highs").field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why a library is not loaded, by the system's word, which begins with the path.
fn cause(error: &libloading::Error, path: &Path) -> String {
    let told = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    told.strip_prefix(&format!("{}: ", path.display())).map_or_else(|| told.clone(), str::to_owned)
}

/// The function of this name. `T` must be its type.
fn function<T: Copy>(library: &'static Library, name: &'static str) -> Result<T, HighsError> {
    // SAFETY: each call here states the type by which `highs_c_api.h` declares the function of that name since HiGHS 1.5, and the library is never unloaded.
    #[allow(unsafe_code)]
    let found = unsafe { library.get::<T>(name) };
    found.map(|found| *found).map_err(|_| HighsError::NoFunction(name))
}

/// That a level gains no less than it did.
fn no_less((&value, gains): (&i64, &Vec<i64>)) -> Row {
    let entries = (0..).zip(gains).filter(|(_, gain)| **gain != 0);
    Row { entries: entries.map(|(column, gain)| (column, -gain)).collect(), is_exact: false, most: -value }
}

fn sum(entries: impl Iterator<Item = (u32, i64)>, amounts: &[i64]) -> i128 {
    entries.map(|(column, weight)| i128::from(weight) * i128::from(amounts[column as usize])).sum()
}

/// Whether amounts are within their limits and keep all rows.
fn is_allowed(most: &[i64], rows: &[Row], amounts: &[i64]) -> bool {
    amounts.iter().zip(most).all(|(amount, most)| (0..=*most).contains(amount))
        && rows.iter().all(|row| {
            let sum = sum(row.entries.iter().copied(), amounts);
            if row.is_exact { sum == row.most.into() } else { sum <= row.most.into() }
        })
}

/// One model of `HiGHS`, destroyed with it.
struct Session {
    functions: Functions,
    model: Model,
}

impl Session {
    fn new(functions: Functions) -> Result<Self, HighsError> {
        // SAFETY: it takes nothing.
        #[allow(unsafe_code)]
        let model = unsafe { (functions.create)() };
        if model.is_null() {
            Err(HighsError::Failed("Highs_create"))
        } else {
            Ok(Session { functions, model })
        }
    }

    /// Silent, on one thread, to the last unit, for so many seconds.
    fn set(&mut self, seconds: f64) -> Result<(), HighsError> {
        let Functions { set_bool, set_int, set_double, .. } = self.functions;
        // SAFETY: the model is one that the library made, and each name a text that ends in 0.
        #[allow(unsafe_code)]
        let answers = unsafe {
            [
                set_bool(self.model, c"output_flag".as_ptr(), 0),
                set_int(self.model, c"threads".as_ptr(), 1),
                set_double(self.model, c"mip_rel_gap".as_ptr(), 0.0),
                set_double(self.model, c"time_limit".as_ptr(), seconds),
            ]
        };
        if answers.contains(&ERROR) { Err(HighsError::Failed("an option")) } else { Ok(()) }
    }

    /// Hands over the program, row by row.
    fn pass(&mut self, most: &[i64], gains: &[i64], rows: &[Row]) -> Result<(), HighsError> {
        let exact = |number: i64| {
            let is_exact = number.unsigned_abs() <= MOST_EXACT as u64;
            if is_exact { Ok(number as c_double) } else { Err(HighsError::TooLarge) }
        };
        let all =
            |numbers: &[i64]| numbers.iter().map(|&number| exact(number)).collect::<Result<Vec<_>, _>>();
        let (costs, high) = (all(gains)?, all(most)?);
        let low = vec![0.0; most.len()];
        let row_high = rows.iter().map(|row| exact(row.most)).collect::<Result<Vec<_>, _>>()?;
        let least =
            |(row, &most): (&Row, &c_double)| if row.is_exact { most } else { c_double::NEG_INFINITY };
        let row_low: Vec<c_double> = rows.iter().zip(&row_high).map(least).collect();
        let (mut starts, mut columns, mut weights) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        let count = |length: usize| c_int::try_from(length).map_err(|_| HighsError::TooLarge);
        for row in rows {
            starts.push(count(columns.len())?);
            for &(column, weight) in &row.entries {
                assert!((column as usize) < most.len(), "entries of columns that there are");
                columns.push(column as c_int);
                weights.push(exact(weight)?);
            }
        }
        let kinds = vec![INTEGER; most.len()];
        let (column_count, row_count, entry_count) =
            (count(most.len())?, count(rows.len())?, count(columns.len())?);
        // SAFETY: every list is as long as the numbers before say, starts rise and stay within the entries, columns are below their number; HiGHS copies all of it.
        #[allow(unsafe_code)]
        let answer = unsafe {
            (self.functions.pass_mip)(
                self.model,
                column_count,
                row_count,
                entry_count,
                ROW_WISE,
                MAXIMISE,
                0.0,
                costs.as_ptr(),
                low.as_ptr(),
                high.as_ptr(),
                row_low.as_ptr(),
                row_high.as_ptr(),
                starts.as_ptr(),
                columns.as_ptr(),
                weights.as_ptr(),
                kinds.as_ptr(),
            )
        };
        if answer == ERROR { Err(HighsError::Failed("Highs_passMip")) } else { Ok(()) }
    }

    fn run(&mut self) -> Result<Ended, HighsError> {
        // SAFETY: the model is one that the library made.
        #[allow(unsafe_code)]
        let (answer, status) =
            unsafe { ((self.functions.run)(self.model), (self.functions.status)(self.model)) };
        if answer == ERROR {
            return Err(HighsError::Failed("Highs_run"));
        }
        Ok(match status {
            7 => Ended::Optimal,
            8 => Ended::Infeasible,
            13 => Ended::OutOfTime,
            other => Ended::Otherwise(other),
        })
    }

    /// The amounts that were found, rounded.
    fn amounts(&self, count: usize) -> Result<Option<Vec<i64>>, HighsError> {
        let mut status = 0;
        let mut amounts = vec![0.0; count];
        let none = std::ptr::null_mut();
        // SAFETY: the model is one that the library made and has as many columns as there is room for; the name ends in 0; HiGHS leaves out what would go to null.
        #[allow(unsafe_code)]
        let answers = unsafe {
            [
                (self.functions.int_info)(self.model, c"primal_solution_status".as_ptr(), &raw mut status),
                (self.functions.solution)(self.model, amounts.as_mut_ptr(), none, none, none),
            ]
        };
        if answers[0] == ERROR || status == HAS_SOLUTION && answers[1] == ERROR {
            return Err(HighsError::Failed("Highs_getSolution"));
        }
        let rounded = || amounts.iter().map(|amount| amount.round() as i64).collect();
        Ok((status == HAS_SOLUTION).then(rounded))
    }

    /// What nothing gains more than, by `HiGHS`'s word.
    fn bound(&self) -> Result<Option<i64>, HighsError> {
        let mut bound = 0.0;
        // SAFETY: the model is one that the library made, and the name ends in 0.
        #[allow(unsafe_code)]
        let answer =
            unsafe { (self.functions.double_info)(self.model, c"mip_dual_bound".as_ptr(), &raw mut bound) };
        if answer == ERROR {
            return Err(HighsError::Failed("Highs_getDoubleInfoValue"));
        }
        let is_known = bound.abs() < MOST_EXACT as c_double;
        Ok(is_known.then(|| (bound + BOUND_NOISE).floor() as i64))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the model is one that the library made, and it is destroyed once.
        #[allow(unsafe_code)]
        unsafe {
            (self.functions.destroy)(self.model);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_library_is_told() {
        let told = |path: &str| Highs::load(Path::new(path)).expect_err("no library").to_string();
        assert!(
            told("/nowhere/libhighs.so").starts_with("cannot be loaded: "),
            "{}",
            told("/nowhere/libhighs.so")
        );
        // A library of every system that has this test's own threads.
        if cfg!(target_os = "linux") {
            assert_eq!(
                Highs::load(Path::new("libc.so.6")).expect_err("another library"),
                HighsError::NoFunction("Highs_create")
            );
        }
    }

    #[test]
    fn amounts_are_judged_in_integers() {
        let rows = [
            Row { entries: vec![(0, 2), (1, 1)], is_exact: false, most: 3 },
            Row { entries: vec![(1, 1), (2, -1)], is_exact: true, most: 0 },
        ];
        let most = [2, 2, 2];
        assert!(is_allowed(&most, &rows, &[1, 1, 1]));
        assert!(!is_allowed(&most, &rows, &[2, 0, 0]), "a row");
        assert!(!is_allowed(&most, &rows, &[0, 1, 2]), "an exact row");
        assert!(!is_allowed(&most, &rows, &[-1, 0, 0]), "below 0");
        assert!(!is_allowed(&most, &rows, &[0, 3, 3]), "above the limit");
        let kept = no_less((&5, &vec![3, 0, 4]));
        assert!(is_allowed(&most, std::slice::from_ref(&kept), &[2, 0, 0]));
        assert!(!is_allowed(&most, &[kept], &[0, 2, 1]));
    }
}
