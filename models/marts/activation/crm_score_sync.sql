-- What every record of the CRM should say. The package publishes the rows that changed; see docs/how-to.
with

records as (

    select
        lead_nodes.lead_id,
        records.source_system,
        records.lead_source_id
    from {{ ref('conformed_leads') }} as records
    inner join {{ ref('lead_nodes') }} as lead_nodes
        on 'record:' || records.source_system || ':' || records.lead_source_id = lead_nodes.node
    -- The CRM cannot write to a record that it has deleted.
    where not coalesce(records.is_deleted, false)

),

stages as (

    select
        lead_id,
        scorecard_id,
        stage,
        case when sql_rule_id is not null then 'sql' else 'mql' end as decided_stage,
        coalesce(sql_rule_id, mql_rule_id) as rule_id,
        case when sql_rule_id is not null then sql_at else mql_at end as decided_at,
        mql_at,
        sql_at
    from {{ ref('lead_stages') }}

),

rule_words as (

    select
        stages.lead_id,
        upper(stages.decided_stage) || ': ' || clauses.description as words,
        row_number() over (partition by stages.lead_id order by clauses.clause) as clause_rank
    from stages
    inner join {{ ref('stage_clauses') }} as clauses
        on
            stages.scorecard_id = clauses.scorecard_id
            and stages.decided_stage = clauses.stage
            and stages.rule_id = clauses.rule_id
            and stages.decided_at >= clauses.valid_from
            and stages.decided_at < clauses.valid_to

),

told as (

    select
        {{ hash_of(['records.source_system', 'records.lead_source_id']) }} as sync_key,
        records.lead_id,
        records.source_system,
        records.lead_source_id,
        scores.scorecard_id,
        stages.stage,
        scores.grade,
        nullif(
            coalesce(rule_words.words, '')
            || case when rule_words.words is not null and scores.top_reasons is not null then '. ' else '' end
            || coalesce('Most points: ' || scores.top_reasons, ''), ''
        ) as reason,
        scores.fit_score,
        scores.engagement_score,
        scores.score,
        stages.mql_at,
        stages.sql_at
    from records
    inner join stages on records.lead_id = stages.lead_id
    inner join {{ ref('lead_scores') }} as scores
        on
            stages.lead_id = scores.lead_id
            and stages.scorecard_id = scores.scorecard_id
    left join rule_words
        on
            records.lead_id = rule_words.lead_id
            and rule_words.clause_rank = 1

)

select
    sync_key,
    lead_id,
    source_system,
    lead_source_id,
    scorecard_id,
    stage,
    grade,
    reason,
    {{ hash_of([
        'lead_id', 'scorecard_id', 'stage', 'grade', 'reason', 'fit_score', 'engagement_score', 'score', 'mql_at', 'sql_at'
    ]) }} as row_hash,
    fit_score,
    engagement_score,
    score,
    mql_at,
    sql_at
from told
