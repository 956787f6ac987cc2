{{ config(materialized='view') }}

-- The newest version of a rule says what it is called.
with

versions as (

    select
        scorecard_id,
        rule_id,
        group_id,
        'engagement' as dimension,
        description,
        valid_from
    from {{ ref('engagement_rules') }}
    union all
    select
        scorecard_id,
        rule_id,
        group_id,
        'fit' as dimension,
        description,
        valid_from
    from {{ ref('fit_rules') }}

),

ranked as (

    select
        versions.*,
        row_number() over (
            partition by scorecard_id, rule_id, dimension
            order by valid_from desc nulls last
        ) as version_rank
    from versions

)

select
    scorecard_id,
    rule_id,
    group_id,
    dimension,
    description
from ranked
where version_rank = 1
union all
select
    scorecard_id,
    'adjustment:' || group_id as rule_id,
    group_id,
    dimension,
    'Points given by hand' as description
from {{ ref('score_groups') }}
