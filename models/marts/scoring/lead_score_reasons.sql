with

rule_points as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        dimension,
        case when rule_id like 'adjustment:%' then 'adjustment' else 'rule' end as reason_kind,
        description,
        points
    from {{ ref('current_rule_points') }}

),

clamps as (

    select
        lead_id,
        scorecard_id,
        rule_id,
        group_id,
        dimension,
        'clamp' as reason_kind,
        description,
        points
    from {{ ref('score_clamps') }}

),

reasons as (

    select * from rule_points
    union all
    select * from clamps

)

select
    lead_id,
    scorecard_id,
    rule_id,
    group_id,
    dimension,
    reason_kind,
    description,
    cast(points as decimal(18, 6)) as points
from reasons
