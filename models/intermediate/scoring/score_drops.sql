-- The next moment at which the score will be lower if nothing else happens.
with

drops as (

    select
        lead_id,
        scorecard_id,
        score,
        earlier_score,
        entered_at,
        row_number() over (partition by lead_id, scorecard_id order by entered_at) as drop_number
    from {{ ref('score_steps') }}
    where entered_at > {{ as_of() }} and score < earlier_score

)

select
    lead_id,
    scorecard_id,
    score - earlier_score as next_drop_points,
    entered_at as next_drop_at
from drops
where drop_number = 1
