-- The next moment at which the score will be lower if nothing else happens.
with

future_steps as (

    select
        lead_id,
        scorecard_id,
        entered_at,
        score,
        lag(score) over (partition by lead_id, scorecard_id order by entered_at) as earlier_score
    from {{ ref('score_steps') }}
    where held_until > {{ as_of() }}

),

drops as (

    select
        future_steps.*,
        row_number() over (partition by lead_id, scorecard_id order by entered_at) as drop_number
    from future_steps
    where score < earlier_score

)

select
    lead_id,
    scorecard_id,
    score - earlier_score as next_drop_points,
    entered_at as next_drop_at
from drops
where drop_number = 1
