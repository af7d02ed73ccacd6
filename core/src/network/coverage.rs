//! Do several selectors together admit every possible Pod? Shannon expansion over the labels they mention.

use std::collections::HashMap;
use std::sync::Arc;

use super::bits::Bits;
use super::ports::PortSet;
use super::vocabulary::ABSENT;

/// How many expansion steps one network may take before a question stays unanswered.
pub(super) const BUDGET: usize = 100_000;

/// A label key: of the Pod, or (numbered after those) of its namespace.
pub(super) type Variable = usize;

/// A conjunction: per variable, sorted, the admitted codes; variables that are free are left out.
pub(super) type Cube = Vec<(Variable, Bits)>;

/// Answers about all possible Pods, remembered.
#[derive(Debug)]
pub(super) struct Coverage {
    /// The variable that is never absent.
    namespace_name: Option<Variable>,
    cubes: Vec<Cube>,
    numbers: HashMap<Cube, usize>,
    known: HashMap<Vec<usize>, bool>,
    left: usize,
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Coverage {
    pub(super) fn new(namespace_name: Option<Variable>, budget: usize) -> Self {
        Self {
            namespace_name,
            cubes: Vec::new(),
            numbers: HashMap::new(),
            known: HashMap::new(),
            left: budget,
        }
    }

    /// The ports on which the admitted conjunctions cover everything.
    pub(super) fn ports(&mut self, admitted: &[(&Cube, Arc<PortSet>)]) -> (PortSet, Option<Exhausted>) {
        let mut covered = PortSet::none();
        let mut exhausted = None;
        let rest: Vec<_> = admitted
            .iter()
            .filter(|(cube, ports)| {
                if cube.is_empty() {
                    covered = covered.union(ports);
                }
                !cube.is_empty() && !ports.is_empty()
            })
            .collect();
        let sets: Vec<Arc<PortSet>> = rest.iter().map(|(_, ports)| Arc::clone(ports)).collect();
        if rest.len() < 2 || sets.iter().all(|set| set.intersection(&covered) == **set) {
            return (covered, None);
        }
        for atom in PortSet::atoms(&sets) {
            let mut active: Vec<usize> = rest
                .iter()
                .filter(|(_, ports)| ports.covers(&atom))
                .map(|(cube, _)| self.number((*cube).clone()))
                .collect();
            active.sort_unstable();
            active.dedup();
            match self.everything(active) {
                Ok(true) => covered = covered.union(&atom),
                Ok(false) => {}
                Err(stop) => exhausted = Some(stop),
            }
        }
        (covered, exhausted)
    }

    fn number(&mut self, cube: Cube) -> usize {
        if let Some(number) = self.numbers.get(&cube) {
            return *number;
        }
        let number = self.cubes.len();
        self.cubes.push(cube.clone());
        self.numbers.insert(cube, number);
        number
    }

    /// Whether the conjunctions (sorted numbers) together hold for every assignment.
    fn everything(&mut self, active: Vec<usize>) -> Result<bool, Exhausted> {
        if active.iter().any(|number| self.cubes[*number].is_empty()) {
            return Ok(true);
        }
        if active.len() < 2 || self.share(&active) < 1.0 - 1e-9 {
            return Ok(false);
        }
        if let Some(answer) = self.known.get(&active) {
            return Ok(*answer);
        }
        let answer = self.expand(&active)?;
        self.known.insert(active, answer);
        Ok(answer)
    }

    /// An upper bound of the share of all assignments that is covered.
    fn share(&self, active: &[usize]) -> f64 {
        let part = |variable: Variable, codes: &Bits| {
            let absent = usize::from(self.namespace_name == Some(variable));
            #[allow(clippy::cast_precision_loss, reason = "counts of label values")]
            let part = codes.count() as f64 / (codes.length() - absent) as f64;
            part
        };
        let of = |number: &usize| {
            self.cubes[*number]
                .iter()
                .map(|(key, codes)| part(*key, codes))
                .product::<f64>()
        };
        active.iter().map(of).sum()
    }

    fn expand(&mut self, active: &[usize]) -> Result<bool, Exhausted> {
        let mut uses: HashMap<Variable, (usize, usize)> = HashMap::new();
        for (variable, codes) in active.iter().flat_map(|number| &self.cubes[*number]) {
            let entry = uses.entry(*variable).or_insert((0, codes.length()));
            entry.0 += 1;
        }
        let most = uses
            .into_iter()
            .max_by_key(|(variable, (count, _))| (*count, usize::MAX - variable));
        let Some((variable, (_, size))) = most else {
            return Ok(false);
        };
        // Wide expansions cost more than narrow ones.
        self.left = self
            .left
            .checked_sub(1 + active.len() * size / 256)
            .ok_or(Exhausted)?;
        let first = if self.namespace_name == Some(variable) {
            ABSENT + 1
        } else {
            ABSENT
        };
        let mut seen: Vec<Vec<usize>> = Vec::new();
        for code in first..size {
            let mut rest = Vec::with_capacity(active.len());
            for &number in active {
                let cube = &self.cubes[number];
                match cube.binary_search_by_key(&variable, |(key, _)| *key) {
                    Err(_) => rest.push(number),
                    Ok(place) if cube[place].1.contains(code) => {
                        let mut without = cube.clone();
                        without.remove(place);
                        rest.push(self.number(without));
                    }
                    Ok(_) => {}
                }
            }
            rest.sort_unstable();
            rest.dedup();
            if seen.contains(&rest) {
                continue;
            }
            if !self.everything(rest.clone())? {
                return Ok(false);
            }
            seen.push(rest);
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A conjunction over variables with four codes each.
    fn cube(admitted: &[(Variable, &[usize])]) -> Cube {
        let bits = |codes: &[usize]| {
            let mut bits = Bits::none(4);
            for code in codes {
                bits.insert(*code);
            }
            bits
        };
        admitted
            .iter()
            .map(|(variable, codes)| (*variable, bits(codes)))
            .collect()
    }

    fn covers(coverage: &mut Coverage, cubes: &[Cube]) -> Result<bool, Exhausted> {
        let all = Arc::new(PortSet::all());
        let admitted: Vec<_> = cubes.iter().map(|cube| (cube, Arc::clone(&all))).collect();
        let (ports, exhausted) = coverage.ports(&admitted);
        exhausted.map_or(Ok(ports.is_all()), Err)
    }

    #[test]
    fn complements_cover_everything_and_the_name_is_never_absent() {
        let mut coverage = Coverage::new(Some(9), BUDGET);
        let halves = [cube(&[(0, &[0, 1])]), cube(&[(0, &[2, 3])])];
        assert_eq!(covers(&mut coverage, &halves), Ok(true));
        assert_eq!(covers(&mut coverage, &halves[..1]), Ok(false));
        let diagonal = [
            cube(&[(0, &[0, 1]), (1, &[0])]),
            cube(&[(0, &[2, 3])]),
            cube(&[(1, &[1, 2, 3])]),
        ];
        assert_eq!(covers(&mut coverage, &diagonal), Ok(true));
        assert_eq!(covers(&mut coverage, &diagonal[..2]), Ok(false));
        let named = [cube(&[(9, &[1, 2])]), cube(&[(9, &[3])])];
        assert_eq!(covers(&mut coverage, &named), Ok(true));
        let ordinary = [cube(&[(8, &[1, 2])]), cube(&[(8, &[3])])];
        assert_eq!(covers(&mut coverage, &ordinary), Ok(false));
    }

    #[test]
    fn the_budget_ends_hard_questions() {
        let mut seed = 7u64;
        let mut dice = |limit: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(seed >> 33).unwrap() % limit
        };
        let halves: [&[usize]; 2] = [&[0, 1], &[2, 3]];
        let cubes: Vec<Cube> = (0..400)
            .map(|_| {
                let start = dice(10);
                let variables = [
                    start,
                    start + 1 + dice(10),
                    start + 12 + dice(10),
                    start + 23 + dice(10),
                ];
                cube(&variables.map(|variable| (variable, halves[dice(2)])))
            })
            .collect();
        assert_eq!(covers(&mut Coverage::new(None, 50), &cubes), Err(Exhausted));
    }
}
