//! Nodes that fail for a while: what retries, hedges and circuit breakers make of it.

use super::*;
use gusset_generate::Asked;
use gusset_generate::breaker::State;

/// What a server sends to keep a connection open: no token yet.
const MOMENT: &str = ": one moment\n\n";

/// A request to `nodes` in this order, whatever they list.
fn planned(nodes: &[&Node]) -> Request {
    let targets = nodes.iter().map(|node| Asked { node: node.url.clone(), model: "tiny".into() }).collect();
    Request { plan: Plan { targets, ..Plan::default() }, ..request("") }
}

async fn causes(offload: &Offload, request: Request) -> Vec<Cause> {
    match offload.generate(request).await {
        Ok(completion) => {
            let (text, outcome) = listen(completion).await;
            assert_eq!(text, "Hello");
            outcome.unwrap().failures.iter().map(|failure| failure.cause).collect()
        }
        Err(Error::Failed(failures)) => failures.iter().map(|failure| failure.cause).collect(),
        Err(error) => panic!("{error}"),
    }
}

/// Requests for completions that a node was sent.
fn sent(received: &mut mpsc::UnboundedReceiver<String>) -> usize {
    let mut count = 0;
    while let Ok(request) = received.try_recv() {
        count += usize::from(request.starts_with("POST"));
    }
    count
}

#[tokio::test]
async fn a_plan_names_its_nodes_in_order_and_asks_no_lists() {
    let (first, mut first_received) = node(Behaviour::Says(HELLO)).await;
    let (second, mut second_received) = node(Behaviour::Says(HELLO)).await;
    let offload = Offload::new(&[first.clone(), second.clone()]);
    let completion = offload.generate(planned(&[&second, &first])).await.unwrap();
    assert_eq!(completion.opening().target, second.target());
    listen(completion).await.1.unwrap();
    assert!(first_received.try_recv().is_err());
    assert!(second_received.try_recv().unwrap().starts_with("POST"));
}

#[tokio::test]
async fn a_node_that_stumbles_is_asked_again() {
    for stumble in [Behaviour::Refuses(500), Behaviour::BreaksAfter(MOMENT), Behaviour::Says("data: }{\n\n")]
    {
        let (stumbling, _received) = changing(&[stumble, Behaviour::Says(HELLO)]).await;
        let (other, mut other_received) = node(Behaviour::Says(HELLO)).await;
        let offload = Offload::new(&[stumbling.clone(), other.clone()]);
        assert_eq!(causes(&offload, planned(&[&stumbling, &other])).await.len(), 1);
        assert_eq!(sent(&mut other_received), 0, "the first healed");
    }
}

#[tokio::test]
async fn a_node_that_says_when_to_come_again_is_left_alone_until_then() {
    let (limited, mut received) =
        changing(&[Behaviour::Limits("retry-after: 30"), Behaviour::Says(HELLO)]).await;
    let (other, _asked) = node(Behaviour::Says(HELLO)).await;
    let offload = Offload::new(&[limited.clone(), other.clone()]);
    assert_eq!(causes(&offload, planned(&[&limited, &other])).await, [Cause::RateLimited]);
    assert_eq!(causes(&offload, planned(&[&limited, &other])).await, [Cause::CircuitOpen]);
    assert_eq!(sent(&mut received), 1);
    let report = &offload.breakers()[0];
    assert!(report.state.open_ms() > 25_000, "{report:?}");
    // Nobody else to ask, and no time to wait.
    let Err(Error::Failed(failures)) = offload.generate(planned(&[&limited])).await else { panic!() };
    assert!(failures[0].retry_after_ms > Some(25_000), "{failures:?}");
}

#[tokio::test]
async fn a_short_wait_that_the_only_node_asks_for_is_waited() {
    let (only, _received) =
        changing(&[Behaviour::Limits("retry-after-ms: 150"), Behaviour::Says(HELLO)]).await;
    let offload = Offload::new(std::slice::from_ref(&only));
    let start = Instant::now();
    assert_eq!(causes(&offload, planned(&[&only])).await, [Cause::RateLimited]);
    assert!(start.elapsed() >= Duration::from_millis(150));
    assert_eq!(offload.breakers()[0].state, State::Closed);
}

/// The outage of an only node costs as many failures as open its breaker, then nothing but a probe now and then; when it's over, a
/// probe finds out.
#[tokio::test]
async fn an_outage_costs_milliseconds_once_the_breaker_is_open() {
    let outage: Vec<Behaviour> = [Behaviour::StallsAfter(MOMENT); 5]
        .into_iter()
        .chain([Behaviour::Refuses(500), Behaviour::Says(HELLO)])
        .collect();
    let (mut only, mut received) = changing(&outage).await;
    (only.first_token_ms, only.retry.attempts, only.breaker.open_ms) = (50, 0, 600);
    let offload = Offload::new(std::slice::from_ref(&only));
    for _ in 0..5 {
        assert_eq!(causes(&offload, planned(&[&only])).await, [Cause::TimedOut]);
    }
    let start = Instant::now();
    for _ in 0..100 {
        let Err(Error::Failed(failures)) = offload.generate(planned(&[&only])).await else { panic!() };
        assert_eq!(failures[0].cause, Cause::CircuitOpen);
        assert!(failures[0].retry_after_ms.is_some_and(|wait| wait <= 750), "{failures:?}");
    }
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
    assert_eq!(sent(&mut received), 5);
    assert!(
        matches!(offload.breakers()[..], [ref one] if matches!(one.state, State::Open(_)) && one.faults == 5)
    );

    // The first probe fails, the second finds it well.
    let mut seen = Vec::new();
    while !seen.contains(&None) {
        assert!(start.elapsed() < Duration::from_secs(20), "it is never found: {seen:?}");
        seen.push(causes(&offload, planned(&[&only])).await.first().copied());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(seen.iter().filter(|cause| **cause == Some(Cause::Refused)).count(), 1);
    assert_eq!(sent(&mut received), 2);
    assert_eq!(offload.breakers()[0].state, State::Closed);
}

/// While the breaker is half-open, one of many requests probes, and only one.
#[tokio::test]
async fn one_of_many_probes() {
    let outage: Vec<Behaviour> =
        [Behaviour::Refuses(500); 5].into_iter().chain([Behaviour::StallsAfter(MOMENT)]).collect();
    let (mut only, mut received) = changing(&outage).await;
    only.retry.attempts = 0;
    let offload = Offload::new(std::slice::from_ref(&only));
    for _ in 0..5 {
        assert_eq!(causes(&offload, planned(&[&only])).await, [Cause::Refused]);
    }
    assert_eq!(sent(&mut received), 5);
    while !matches!(offload.breakers()[0].state, State::HalfOpen) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let all = futures::future::join_all((0..64).map(|_| causes(&offload, planned(&[&only])))).await;
    assert_eq!(all.iter().filter(|causes| causes[..] == [Cause::TimedOut]).count(), 1);
    assert_eq!(all.iter().filter(|causes| causes[..] == [Cause::CircuitOpen]).count(), 63);
    assert_eq!(sent(&mut received), 1);
}

#[tokio::test]
async fn a_probe_that_its_caller_gives_up_is_the_next_callers() {
    let (mut only, _received) = node(Behaviour::StallsAfter(MOMENT)).await;
    only.first_token_ms = 10_000;
    let offload = Offload::new(std::slice::from_ref(&only));
    let heard = |open| {
        let mut request = planned(&[&only]);
        request.plan.open = vec![(only.target().to_owned(), open)];
        request
    };
    assert_eq!(causes(&offload, heard(100)).await, [Cause::CircuitOpen]);
    tokio::time::sleep(Duration::from_millis(120)).await;
    for _ in 0..3 {
        let given_up =
            tokio::time::timeout(Duration::from_millis(50), offload.generate(planned(&[&only]))).await;
        assert!(given_up.is_err(), "it probes, and waits for its first token");
        // The task ends at its next turn.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_hedge_answers_for_a_silent_node_which_is_hung_up_on() {
    let (mut silent, mut received) = node(Behaviour::StallsAfter(MOMENT)).await;
    silent.first_token_ms = 10_000;
    let (speaking, _asked) = node(Behaviour::Says(HELLO)).await;
    let offload = Offload::new(&[silent.clone(), speaking.clone()]);
    let mut request = planned(&[&silent, &speaking]);
    request.plan.hedge_ms = Some(50);
    let start = Instant::now();
    let completion = offload.generate(request).await.unwrap();
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(completion.opening().target, speaking.target());
    let (text, outcome) = listen(completion).await;
    assert_eq!((text.as_str(), outcome.unwrap().failures.len()), ("Hello", 0));
    let hung_up = tokio::time::timeout(Duration::from_secs(5), async {
        while let Some(event) = received.recv().await {
            if event.starts_with("closed") {
                return true;
            }
        }
        false
    });
    assert!(hung_up.await.unwrap());
}

#[tokio::test]
async fn a_limit_on_the_whole_leaves_time_for_the_next() {
    let (mut silent, _received) = node(Behaviour::StallsAfter(MOMENT)).await;
    silent.first_token_ms = 10_000;
    let (speaking, _asked) = node(Behaviour::Says(HELLO)).await;
    let offload = Offload::new(&[silent.clone(), speaking.clone()]);
    let mut request = planned(&[&silent, &speaking]);
    request.plan.first_token_ms = Some(400);
    let start = Instant::now();
    assert_eq!(causes(&offload, request).await, [Cause::TimedOut]);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
}

/// Its listing takes two seconds not to come, so a node that is left alone isn't asked for it either.
#[tokio::test]
async fn a_node_that_is_left_alone_is_not_asked_for_its_list() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = Node::new(format!("http://{}/v1", listener.local_addr().unwrap()));
    let (speaking, _received) = node(Behaviour::Says(HELLO)).await;
    let offload = Offload::new(&[silent.clone(), speaking]);
    let mut request = request("tiny");
    request.plan.open = vec![(silent.target().to_owned(), 60_000)];
    let start = Instant::now();
    assert_eq!(causes(&offload, request).await, []);
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

/// A node whose completions break after their first token answers each call in time, and is found out all the same.
#[tokio::test]
async fn a_node_that_breaks_its_streams_is_left_alone() {
    let (breaking, mut received) = node(Behaviour::BreaksAfter(HALF)).await;
    let offload = Offload::new(std::slice::from_ref(&breaking));
    for _ in 0..10 {
        let (text, outcome) = listen(offload.generate(planned(&[&breaking])).await.unwrap()).await;
        assert_eq!(text, "Hel");
        assert!(outcome.is_err());
    }
    assert_eq!(causes(&offload, planned(&[&breaking])).await, [Cause::CircuitOpen]);
    assert_eq!(sent(&mut received), 10);
}
