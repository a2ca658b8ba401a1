//! Laws of the condition language on random models and random conditions.

use vauban_model::model::{ElementRef, Fact, Origin};
use vauban_model::vocabulary::{Domain, FactId, FactType, fact};
use vauban_rules::bits::{Column, Truth};
use vauban_rules::condition::ast::Condition;
use vauban_rules::condition::{column, parse, witness};
use vauban_rules::facts::Facts;
use vauban_rules::library::Library;

use crate::dice::Dice;
use crate::oracle::{Ask, DERIVED_HERE, Oracle, Palette, some_answer, some_model};
use crate::support::{HERE, small};

const CASES: u64 = 400;

/// Everything the language has.
const EVERYTHING: Palette = Palette {
    fact: |_| true,
    controls: &["limits", "line-lock", "safe-writes", "secrecy", "filter", "doorman"],
    modal: true,
};

/// What the oracle can work out.
const PLAIN: Palette = Palette {
    fact: |id| !id.definition().derived || DERIVED_HERE.contains(&id.definition().id),
    controls: &["limits", "line-lock", "safe-writes", "secrecy"],
    modal: true,
};

/// Stated facts, and nothing that looks at whether something is known. `secrecy` is shown by a derived fact.
const OPEN: Palette = Palette {
    fact: |id| !id.definition().derived,
    controls: &["limits", "line-lock", "safe-writes", "filter"],
    modal: false,
};

fn compile(ask: &Ask, domain: Domain, library: &Library) -> Condition {
    let text = ask.text(domain.as_str());
    parse::parse(&text, domain, library).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn whole_columns_say_what_single_elements_say() {
    let library = small();
    for seed in 0..CASES {
        let dice = &mut Dice::new(seed);
        let model = some_model(dice);
        let facts = Facts::new(&model, &library);
        for domain in Domain::ALL {
            let ask = Ask::any(dice, domain, 4, EVERYTHING);
            let condition = compile(&ask, domain, &library);
            let column = column::evaluate(&condition, domain, &facts);
            for index in 0..model.count(domain) {
                let element = ElementRef::new(domain, index);
                let (truth, told) = witness::why(&condition, element, &facts);
                assert_eq!(column.get(index), truth, "seed {seed}, {element:?}: {}", ask.text(domain.as_str()));
                assert!(!(column.yes.get(index) && column.no.get(index)), "both yes and no");
                for (_, bound) in told.bindings {
                    assert!(!bound.is_empty(), "a variable that is bound is bound to something");
                }
            }
        }
    }
}

#[test]
fn conditions_are_as_true_as_a_plain_search_of_the_model_finds() {
    let library = small();
    for seed in 0..CASES * 2 {
        let dice = &mut Dice::new(10_000 + seed);
        let model = some_model(dice);
        let facts = Facts::new(&model, &library);
        let oracle = Oracle { model: &model, library: &library };
        for domain in Domain::ALL {
            let ask = Ask::any(dice, domain, 3, PLAIN);
            let column = column::evaluate(&compile(&ask, domain, &library), domain, &facts);
            for index in 0..model.count(domain) {
                let expected = Truth::of(oracle.truth(&ask, ElementRef::new(domain, index)));
                let text = ask.text(domain.as_str());
                assert_eq!(column.get(index), expected, "seed {seed}, {domain:?} {index}: {text}\n{model:#?}");
            }
        }
    }
}

#[test]
fn and_or_and_not_keep_kleenes_laws() {
    let library = small();
    for seed in 0..CASES {
        let dice = &mut Dice::new(20_000 + seed);
        let model = some_model(dice);
        let facts = Facts::new(&model, &library);
        let domain = dice.of(&Domain::ALL);
        let some = |dice: &mut Dice| Box::new(Ask::any(dice, domain, 2, EVERYTHING));
        let (a, b, c) = (some(dice), some(dice), some(dice));
        let not = |ask: &Ask| Ask::Not(Box::new(ask.clone()));
        let and = |x: &Ask, y: &Ask| Ask::And(vec![x.clone(), y.clone()]);
        let or = |x: &Ask, y: &Ask| Ask::Or(vec![x.clone(), y.clone()]);
        let column = |ask: &Ask| -> Column { column::evaluate(&compile(ask, domain, &library), domain, &facts) };
        let same = |law: &str, x: &Ask, y: &Ask| assert_eq!(column(x), column(y), "{law}, seed {seed}");
        same("double negation", &not(&not(&a)), &a);
        same("de Morgan", &not(&and(&a, &b)), &or(&not(&a), &not(&b)));
        same("de Morgan", &not(&or(&a, &b)), &and(&not(&a), &not(&b)));
        same("commuting", &and(&a, &b), &and(&b, &a));
        same("commuting", &or(&a, &b), &or(&b, &a));
        same("associating", &and(&a, &and(&b, &c)), &and(&and(&a, &b), &c));
        same("distributing", &and(&a, &or(&b, &c)), &or(&and(&a, &b), &and(&a, &c)));
        same("distributing", &or(&a, &and(&b, &c)), &and(&or(&a, &b), &or(&a, &c)));
        same("absorbing", &or(&a, &and(&a, &b)), &a);
        same("absorbing", &and(&a, &or(&a, &b)), &a);
        same("surely and possibly", &Ask::Surely(Box::new(not(&a))), &not(&Ask::Possibly(a.clone())));
        same(
            "known is surely either",
            &Ask::Known(a.clone()),
            &or(&Ask::Surely(a.clone()), &Ask::Surely(Box::new(not(&a)))),
        );
        same("settled stays settled", &Ask::Surely(Box::new(Ask::Known(a.clone()))), &Ask::Known(a.clone()));
        let settled = column(&Ask::Possibly(a));
        assert!(settled.unknown_bits().is_none());
    }
}

#[test]
fn an_answer_never_takes_back_what_was_known() {
    let library = small();
    let mut moved = 0;
    for seed in 0..CASES * 3 {
        let dice = &mut Dice::new(30_000 + seed);
        let mut model = some_model(dice);
        let domain = dice.of(&Domain::ALL);
        let ask = Ask::any(dice, domain, 4, OPEN);
        let condition = compile(&ask, domain, &library);
        let before = {
            let facts = Facts::new(&model, &library);
            column::evaluate(&condition, domain, &facts)
        };
        // Relations are closed: what is not drawn is known not to be there, so drawing it may change what is known.
        let open = |id: FactId| {
            !matches!(id.definition().ty, FactType::References(_) | FactType::Technologies) && id != fact::TWO_WAY
        };
        let unknown: Vec<(ElementRef, FactId)> = {
            let facts = Facts::new(&model, &library);
            Domain::ALL
                .into_iter()
                .flat_map(|domain| (0..model.count(domain)).map(move |index| ElementRef::new(domain, index)))
                .flat_map(|element| FactId::stated_on(element.domain).map(move |id| (element, id)))
                .filter(|(element, id)| open(*id) && facts.text(*element, *id).is_none())
                .collect()
        };
        for _ in 0..8 {
            if let Some((element, id, value)) = some_answer(dice, &model, &unknown) {
                let entry = model.get_mut(element).unwrap();
                if entry.fact(id).is_none() {
                    entry.set(Fact { id, value, origin: Origin::Answered, span: HERE });
                }
            }
        }
        let facts = Facts::new(&model, &library);
        let after = column::evaluate(&condition, domain, &facts);
        for index in 0..model.count(domain) {
            let (was, is) = (before.get(index), after.get(index));
            let text = ask.text(domain.as_str());
            assert!(was == Truth::Unknown || was == is, "seed {seed}: {was:?} became {is:?}: {text}");
            moved += u32::from(was != is);
        }
    }
    assert!(moved > 20, "answers settle something: {moved}");
}
